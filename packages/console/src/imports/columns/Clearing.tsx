import { useSpeech } from '../../say/language.tsx';
import type { Draft } from '../draft/use-draft.ts';
import type { Preview } from '../file/preview.ts';
import classes from '../imports.module.css';
import { clearedBy } from './mapping.ts';

interface Props {
  readonly draft: Draft;
  readonly preview: Preview;
}

/** What overwriting does with blank cells: they clear what a record has, and these columns have some. */
export function Clearing({ draft, preview }: Props) {
  const { say, format } = useSpeech();
  const words = say.imports;
  const cleared = clearedBy(preview, draft.columns);
  return (
    <p className={cleared.length > 0 ? classes.odd : classes.help} role="status">
      {words.blankClears} {cleared.length > 0 && words.blankIn(format.list(cleared))}
    </p>
  );
}
