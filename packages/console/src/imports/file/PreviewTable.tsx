import parts from '../../parts/parts.module.css';
import { useSpeech } from '../../say/language.tsx';
import classes from '../imports.module.css';
import type { Preview } from './preview.ts';

/** Columns that are shown of a wide file. */
const SHOWN_COLUMNS = 60;

/** The first rows of a file, as they stand in it. */
export function PreviewTable({ preview }: { readonly preview: Preview }) {
  const { say, format } = useSpeech();
  const words = say.imports;
  const { header, rows, complete } = preview;
  const columns = header.slice(0, SHOWN_COLUMNS).map((name, index) => ({ name, index }));
  const lines = rows.map((cells, index) => ({ cells, number: index + 1 }));
  const more = header.length - columns.length;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be scrollable by keyboard */}
      <section className={`${parts.scroll} ${classes.preview}`} tabIndex={0} aria-label={words.rows}>
        <table className={parts.table}>
          <thead>
            <tr>
              {columns.map(({ name, index }) => (
                <th key={index} scope="col">
                  {name || <em>{words.unnamed}</em>}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {lines.map(({ cells, number }) => (
              <tr key={number}>
                {columns.map(({ index }) => (
                  <td key={index}>{cells[index]}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <p className={classes.help}>
        {complete ? words.allRows(format.count(rows.length)) : words.firstRows(format.count(rows.length))}
        {more > 0 && ` ${words.moreColumns(format.count(more))}`}
      </p>
    </>
  );
}
