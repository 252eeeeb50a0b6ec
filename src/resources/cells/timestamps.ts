import { isoDate } from './dates.ts';

const TIMESTAMP =
  /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?(?:[Zz]| ?([+-])(\d{2})(?::?(\d{2}))?)?$/;

/**
 * A moment as RFC 3339 in UTC with milliseconds. Read are RFC 3339 (offsets also as PostgreSQL prints them, `+02`), the same
 * without an offset, which is taken as UTC, and ISO dates, at their first moment in UTC. A leap second (RFC 3339, section 5.7) is
 * the second after it, as in PostgreSQL.
 *
 * @returns `undefined` when the cell is none of these, or not in the years 1 to 9999
 */
export function readTimestamp(cell: string): string | undefined {
  const match = TIMESTAMP.exec(cell);
  if (!match) {
    // No date with a time: those the pattern above takes.
    const day = isoDate(cell);
    return day && `${day}T00:00:00.000Z`;
  }
  const [
    ,
    date = '',
    hour = '',
    minute = '',
    second = '0',
    fraction = '',
    sign = '+',
    offsetHours = '0',
    offsetMinutes = '0',
  ] = match;
  const day = isoDate(date);
  const inRange = Number(hour) < 24 && Number(minute) < 60 && Number(second) <= 60;
  if (!day || !inRange || Number(offsetHours) > 23 || Number(offsetMinutes) > 59) return undefined;
  const offset = (sign === '-' ? -1 : 1) * (Number(offsetHours) * 60 + Number(offsetMinutes));
  const seconds = (Number(hour) * 60 + Number(minute) - offset) * 60 + Number(second);
  const moment = new Date(
    Date.parse(`${day}T00:00:00Z`) + seconds * 1_000 + Number(fraction.padEnd(3, '0').slice(0, 3)),
  );
  const year = moment.getUTCFullYear();
  return year >= 1 && year <= 9_999 ? moment.toISOString() : undefined;
}
