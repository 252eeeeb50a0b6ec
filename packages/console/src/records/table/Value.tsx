import type { Column } from '../../catalogue/record-resource.ts';
import { Moment } from '../../parts/Moment.tsx';
import classes from '../records.module.css';
import { plainText } from './values.ts';

interface Props {
  readonly value: unknown;
  readonly column: Pick<Column, 'kind' | 'values'> | undefined;
}

/** Characters of a value that a list shows. */
const MOST = 200;

/** A value of a record in a list, as its column's values are shown; one that is long is cut. */
export function ListedValue({ value, column }: Props) {
  const kind = column?.kind;
  const text = kind === 'text' || kind === 'document' || kind === 'json' || kind === undefined ? plainText(value) : '';
  return text.length > MOST ? `${text.slice(0, MOST).trimEnd()}…` : <Value value={value} column={column} />;
}

/** A value of a record, as its column's values are shown. */
export function Value({ value, column }: Props) {
  const kind = column?.kind;
  if (value === undefined || value === null) return null;
  if (kind === 'moment' && typeof value === 'string') return <Moment at={value} />;
  if (kind === 'mac' || kind === 'ip') return <span className={classes.mono}>{plainText(value)}</span>;
  const text = plainText(value);
  return column?.values?.find((each) => each.value === text)?.label ?? text;
}
