import { Moment } from '../../parts/Moment.tsx';
import { useSpeech } from '../../say/language.tsx';
import classes from '../records.module.css';
import type { Kind } from '../resources.ts';
import { plainText } from './values.ts';

interface Props {
  readonly value: unknown;
  readonly kind: Kind | undefined;
}

/** Characters of a value that a list shows. */
const MOST = 200;

/** A value of a record in a list, as its column's values are shown; one that is long is cut. */
export function ListedValue({ value, kind }: Props) {
  const text = kind === 'text' || kind === 'document' || kind === undefined ? plainText(value) : '';
  return text.length > MOST ? `${text.slice(0, MOST).trimEnd()}…` : <Value value={value} kind={kind} />;
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
