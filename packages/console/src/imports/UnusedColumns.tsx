import { Button } from '@mantine/core';
import { useSpeech } from '../say/language.tsx';
import classes from './imports.module.css';
import { openName, takeable, unusedOf } from './mapping.ts';
import type { Preview } from './preview.ts';
import type { Draft } from './use-draft.ts';

interface Props {
  readonly draft: Draft;
  readonly preview: Preview;
}

/** The columns of the file that nothing is taken from; where records have fields of one's own naming, they can be kept as these. */
export function UnusedColumns({ draft, preview }: Props) {
  const { imports: words } = useSpeech().say;
  const { columns, setColumns } = draft;
  const unused = unusedOf(preview.header, columns);
  if (unused.length === 0) return null;
  const open = preview.columns.find((column) => column.open)?.name;
  const once = new Set(takeable(preview.header));
  const keep = (header: string, target: string) => setColumns({ ...columns, [target]: { header } });
  return (
    <section className={classes.unused}>
      <h3>{words.unused}</h3>
      <p className={classes.help}>{words.unusedHelp}</p>
      <ul>
        {[...new Set(unused)].map((header) => {
          const target = open && once.has(header) ? openName(header, open) : undefined;
          return (
            <li key={header}>
              <span>{header}</span>
              {!once.has(header) && <em> {words.twice}</em>}
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
