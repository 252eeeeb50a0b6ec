import { Link, useParams, useSearch } from '@tanstack/react-router';
import { Empty } from '../../parts/Empty.tsx';
import parts from '../../parts/parts.module.css';
import { usePageTitle } from '../../parts/use-page-title.ts';
import { useSpeech } from '../../say/language.tsx';
import { useMay } from '../../session.ts';
import { MANAGE } from '../queries.ts';
import classes from '../resources.module.css';
import { FromFile } from './FromFile.tsx';
import { FromTable } from './FromTable.tsx';

const PATH = '/o/$organization/new-resource';

/** From a file, or a table that exists, to a resource. */
export function NewResource() {
  const { say } = useSpeech();
  const words = say.resources;
  const { organization } = useParams({ from: PATH });
  const { from = 'file', table, column = '' } = useSearch({ from: PATH });
  usePageTitle(words.new);
  const may = useMay(MANAGE);
  if (!may)
    return (
      <Empty heading="h1" title={say.failure.forbidden}>
        {say.failure.forbiddenHelp}
      </Empty>
    );
  return (
    <>
      <div className={parts.head}>
        <h1>{words.new}</h1>
        <nav aria-label={words.sources}>
          <ul className={classes.sources}>
            {(['file', 'table'] as const).map((each) => (
              <li key={each}>
                <Link
                  to={PATH}
                  params={{ organization }}
                  search={each === 'file' ? {} : { from: each }}
                  aria-current={each === from ? 'page' : undefined}
                  activeOptions={{ exact: true, includeSearch: true }}
                  activeProps={{}}
                >
                  {words.from[each]}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
      </div>
      <div className={classes.stack}>
        {from === 'file' ? (
          <FromFile key={organization} organization={organization} />
        ) : (
          <FromTable
            key={`${organization} ${table} ${column}`}
            organization={organization}
            table={table}
            column={column}
          />
        )}
      </div>
    </>
  );
}
