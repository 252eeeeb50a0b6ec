import { useSpeech } from '../../say/language.tsx';
import classes from '../imports.module.css';
import { isReady, type Problems } from './mapping.ts';

interface Props {
  readonly problems: Problems;
  /** Whether it must still be said how dates are written. */
  readonly noDates: boolean;
}

/** What must still be done before the file can be imported. */
export function ProblemList({ problems, noDates }: Props) {
  const { say, format } = useSpeech();
  const words = say.imports;
  if (isReady(problems) && !noDates) return null;
  const { missing, key, blank, twice } = problems;
  const said = [
    ...(missing.length > 0 ? [words.missing(format.list(missing))] : []),
    ...(key.length > 0 ? [words.noKey(format.either(key))] : []),
    ...(blank.length > 0 ? [words.blank(format.list(blank))] : []),
    ...(twice.length > 0 ? [words.twiceHelp(format.list(twice))] : []),
    ...(noDates ? [words.noDates] : []),
  ];
  return (
    <section className={classes.todo} role="status">
      <h2>{words.todo}</h2>
      <ul>
        {said.map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
    </section>
  );
}
