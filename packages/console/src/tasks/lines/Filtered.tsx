import { Link } from '@tanstack/react-router';
import { useSpeech } from '../../say/language.tsx';
import type { View } from '../view.ts';
import { causeName } from './cause-name.ts';
import classes from './lines.module.css';

interface Props {
  readonly view: View;
  /** Target column to header of the file. */
  readonly mapping: Readonly<Record<string, string>> | undefined;
}

/** Says which of the lines are shown when it is not all of them, and leads back to all. */
export function Filtered({ view, mapping }: Props) {
  const { say, format } = useSpeech();
  const { show, code, column, from } = view;
  if (code === undefined && column === undefined && from === undefined) return null;
  const cause = code === undefined ? [] : [causeName({ code }, say)];
  const words = [
    ...cause,
    ...(column === undefined ? [] : [mapping?.[column] ?? column]),
    ...(from === undefined ? [] : [say.lines.from(format.count(from))]),
  ];
  return (
    <p className={classes.filtered}>
      <strong>{say.lines.only(words.join(' · '))}</strong>
      <Link from="/o/$organization/tasks/$task" to="." search={show === undefined ? {} : { show }} resetScroll={false}>
        {say.lines.all}
      </Link>
    </p>
  );
}
