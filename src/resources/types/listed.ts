import { shown } from '../../task/errors.ts';

const MOST = 20;

/** Values as a sentence lists them, the first twenty. */
export function listed(values: readonly string[]): string {
  const names = values.slice(0, MOST).map((value) => (isPlain(value) ? value : shown(value)));
  return values.length > MOST ? `${names.join(', ')}, … (${values.length} in all)` : names.join(', ');
}

function isPlain(value: string): boolean {
  return value !== '' && value.length <= 40 && !/[,\p{Cc}\p{Cf}\u2028\u2029]/u.test(value) && value.trim() === value;
}
