import { Button } from '@mantine/core';
import { useSpeech } from '../../say/language.tsx';
import type { Draft } from '../draft/use-draft.ts';
import type { Preview } from '../file/preview.ts';
import classes from '../imports.module.css';
import { ColumnOfFile } from './ColumnOfFile.tsx';
import { openName, samplesOf, unusedOf } from './mapping.ts';

interface Props {
  readonly draft: Draft;
  readonly preview: Preview;
}

/** The columns of the file that nothing is taken from; where records have fields of one's own naming, they can be kept as these. */
export function UnusedColumns({ draft, preview }: Props) {
  const { say, format } = useSpeech();
  const words = say.imports;
  const { columns, setColumns } = draft;
  const unused = unusedOf(preview, columns);
  if (unused.length === 0) return null;
  const open = preview.columns.find((column) => column.open)?.name;
  const keep = (header: string, target: string) => setColumns({ ...columns, [target]: { header } });
  return (
    <section className={classes.unused}>
      <h3>{words.unused}</h3>
      <p className={classes.help}>{words.unusedHelp}</p>
      <ul>
        {unused.map((choice) => {
          const { header, name } = choice;
          const target = open ? openName(name || header, open) : undefined;
          return (
            <li key={header}>
              <ColumnOfFile {...choice} />
              {name === '' && <em> {words.withValues(format.list(samplesOf(preview, header)))}</em>}
              {target !== undefined && !columns[target] && (
                <Button variant="subtle" size="compact-xs" onClick={() => keep(header, target)}>
                  {words.keepAs(target)}
                </Button>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
