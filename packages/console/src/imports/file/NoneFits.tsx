import { useSpeech } from '../../say/language.tsx';
import type { Draft } from '../draft/use-draft.ts';
import classes from '../imports.module.css';
import { ToNewResource } from './ToNewResource.tsx';

interface Props {
  readonly organization: string;
  readonly draft: Draft;
}

/** A file that has the key of no resource may be for a new one. */
export function NoneFits({ organization, draft }: Props) {
  const { resources: words } = useSpeech().say;
  return (
    <div className={classes.odd} role="status">
      <strong>{words.noneFits}</strong>
      <p>{words.noneFitsHelp}</p>
      <ToNewResource organization={organization} file={draft.picked?.file} />
    </div>
  );
}
