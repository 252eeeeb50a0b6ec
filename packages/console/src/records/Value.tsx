import { Moment } from '../parts/Moment.tsx';
import { useSpeech } from '../say/language.tsx';
import classes from './records.module.css';
import type { Kind } from './resources.ts';
import { plainText } from './values.ts';

interface Props {
  readonly value: unknown;
  readonly kind: Kind | undefined;
}

/** A value of a record, as its column's values are shown. */
export function Value({ value, kind }: Props) {
  const { say } = useSpeech();
  if (value === undefined || value === null) return null;
  if (kind === 'moment' && typeof value === 'string') return <Moment at={value} />;
  if (kind === 'mac' || kind === 'ip') return <span className={classes.mono}>{plainText(value)}</span>;
  const names: Readonly<Record<string, string>> = say.criteria.values;
  const text = plainText(value);
  return kind === 'choice' && Object.hasOwn(names, text) ? names[text] : text;
}
