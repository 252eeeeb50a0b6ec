import { Link } from '@tanstack/react-router';
import { useSpeech } from '../../say/language.tsx';
import { likelyHeader } from '../columns/mapping.ts';
import type { Draft } from '../draft/use-draft.ts';
import classes from '../imports.module.css';
import { EncodingField } from './EncodingField.tsx';
import { encodings } from './encodings.ts';
import type { Preview } from './preview.ts';

interface Props {
  readonly organization: string;
  readonly draft: Draft;
  readonly preview: Preview;
}

/** The first names of a row, as many as tell which it is. */
function namesIn(row: readonly string[] = []): string {
  return row
    .filter((cell) => cell.trim() !== '')
    .slice(0, 3)
    .join(', ');
}

/** How the file is read, and what seems odd about it. */
export function ReadAs({ organization, draft, preview }: Props) {
  const { say, format } = useSpeech();
  const words = say.imports;
  const { header, rows, complete, delimiter, compression, declared, report } = preview;
  const encoding = encodings.find((each) => each === preview.encoding);
  const facts = [
    words.columnCount(format.count(header.length), header.length === 1),
    words.delimiters[delimiter as keyof typeof words.delimiters] ?? delimiter,
    encoding ? words.encodings[encoding] : preview.encoding,
    compression === 'gzip' ? words.gzip : words.notCompressed,
  ];
  const guessed = declared !== '' && draft.encoding === '';
  const title = likelyHeader(preview);
  const broken = [header, ...rows].some((cells) => cells.some((cell) => cell.includes('\ufffd')));
  return (
    <div className={classes.readAs}>
      <ul className={classes.facts}>
        {facts.map((fact) => (
          <li key={fact}>{fact}</li>
        ))}
      </ul>
      {title !== undefined && <p className={classes.odd}>{words.titleFirst(namesIn(rows[title - 1]))}</p>}
      {header.length === 1 && title === undefined && <p className={classes.odd}>{words.oneColumn}</p>}
      {rows.length === 0 && complete && <p className={classes.odd}>{words.noRows}</p>}
      {guessed && <p className={classes.odd}>{words.guessed}</p>}
      {broken && <p className={classes.odd}>{words.broken}</p>}
      {report && (
        <p className={classes.odd}>
          {words.isReport}{' '}
          <Link to="/o/$organization/tasks" params={{ organization }} search={{ status: 'completed', errors: true }}>
            {words.tasksWithErrors}
          </Link>
        </p>
      )}
      {(guessed || broken || draft.encoding !== '') && (
        <EncodingField value={draft.encoding} onChange={draft.setEncoding} />
      )}
      {!guessed && !broken && draft.encoding === '' && (
        <details className={classes.more}>
          <summary>{words.wrongLetters}</summary>
          <EncodingField value={draft.encoding} onChange={draft.setEncoding} />
        </details>
      )}
    </div>
  );
}
