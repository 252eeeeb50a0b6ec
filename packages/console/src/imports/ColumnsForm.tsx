import { TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { openbulk } from '../client.ts';
import { Said } from '../parts/Failure.tsx';
import { Loading } from '../parts/Loading.tsx';
import parts from '../parts/parts.module.css';
import { useSpeech } from '../say/language.tsx';
import classes from './imports.module.css';
import { type ColumnDraft, contradictory, type Draft } from './order.ts';
import { type ImportAction, imports } from './resources.ts';

interface Props {
  readonly organization: string;
  readonly action: ImportAction;
  readonly columns: Draft['columns'];
  onChange(columns: Draft['columns']): void;
}

/** Where the values of each column come from, when not from the one of the same name. */
export function ColumnsForm({ organization, action, columns, onChange }: Props) {
  const { imports: words } = useSpeech().say;
  const { data: names, error } = useQuery({
    queryKey: ['columns', organization, action],
    queryFn: ({ signal }) =>
      openbulk.organizations
        .get(imports[action], { path: { organizationId: organization }, signal })
        .then((sample) => (sample.split('\n', 1)[0] ?? '').replace('\ufeff', '').trim().split(',')),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const wrong = contradictory({ columns });
  return (
    <details className={classes.columns}>
      <summary>{words.columns}</summary>
      <p className={classes.help}>{words.columnsHelp}</p>
      {!names && (error ? <Said error={error} /> : <Loading />)}
      {names && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be scrollable by keyboard
        <section className={parts.scroll} tabIndex={0} aria-label={words.columns}>
          <table className={parts.table}>
            <thead>
              <tr>
                <th scope="col">{words.target}</th>
                <th scope="col">{words.header}</th>
                <th scope="col">{words.constant}</th>
              </tr>
            </thead>
            <tbody>
              {names.map((name) => (
                <Row
                  key={name}
                  name={name}
                  column={columns[name] ?? NOTHING}
                  wrong={wrong.includes(name)}
                  onChange={(column) => onChange({ ...columns, [name]: column })}
                />
              ))}
            </tbody>
          </table>
        </section>
      )}
    </details>
  );
}

const NOTHING: ColumnDraft = { header: '', constant: '' };

interface RowProps {
  readonly name: string;
  readonly column: ColumnDraft;
  readonly wrong: boolean;
  onChange(column: ColumnDraft): void;
}

function Row({ name, column, wrong, onChange }: RowProps) {
  const { imports: words } = useSpeech().say;
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        <TextInput
          aria-label={`${name}: ${words.header}`}
          placeholder={name}
          value={column.header}
          onChange={({ currentTarget }) => onChange({ ...column, header: currentTarget.value })}
        />
      </td>
      <td>
        <TextInput
          aria-label={`${name}: ${words.constant}`}
          value={column.constant}
          error={wrong && words.both}
          onChange={({ currentTarget }) => onChange({ ...column, constant: currentTarget.value })}
        />
      </td>
    </tr>
  );
}
