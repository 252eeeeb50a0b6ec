import { shown } from '../../task/errors.ts';
import { visible } from '../../task/text/visible.ts';
import type { Field } from '../declaration/declaration.ts';
import { nearest } from '../declaration/nearest.ts';
import { boolean, FALSE_VALUES, TRUE_VALUES } from './booleans.ts';
import type { ColumnType } from './column-type.ts';
import { compareDecimals } from './decimals.ts';
import { geojson, geopoint, geopointArray, geopointObject, topojson } from './geo.ts';
import { jsonArray, jsonObject } from './json.ts';
import { type ItemSqlType, listOf } from './lists.ts';
import { number, whole } from './numbers.ts';
import { binary, email, ipAddress, macAddress, text, uri, uuid } from './texts.ts';
import { compareDurations, duration } from './time/durations.ts';
import { date, formatted, time, timestamp, year, yearmonth } from './time/moments.ts';
import { FORMAT_HELP, type FormatKind, parseFormat } from './time/strptime.ts';

/** Tells of something wrong with a field: where in it, as the end of a JSON pointer, what, and what to do. */
export type Report = (member: string, message: string, advice: string) => void;

/** Compares canonical values; `undefined` where neither is less and they differ. */
export type Compare = (a: string, b: string) => number | undefined;

/** A type before its constraints, and how its values are compared and measured, where they can be. */
export interface BaseType {
  readonly type: ColumnType;
  readonly compare?: Compare;
  /** What `minLength` and `maxLength` count. */
  readonly measure?: 'characters' | 'items';
}

/** Characters of a cell of text, where nothing else is said; a record has 1 MiB. */
const MAX_TEXT = 1_000_000;

const asText: Compare = (a, b) => (a < b ? -1 : Number(a > b));

/** The type of a field without its constraints. Of what is wrong it tells, and goes on with something. */
export function baseType(field: Field, report: Report): BaseType {
  const { openbulk } = field;
  refuseForeignMembers(field, report);
  if (openbulk.format === 'ip-address') return { type: ipAddress, measure: 'characters' };
  if (openbulk.format === 'mac-address') return { type: macAddress, measure: 'characters' };
  return BASES[field.type](field, report);
}

/** The range of a whole number, which decides its type. */
export interface Range {
  readonly min?: bigint | undefined;
  readonly max?: bigint | undefined;
}

const BASES: Record<Field['type'], (field: Field, report: Report) => BaseType> = {
  string: (field, report) => ({ type: stringType(field, report), measure: 'characters' }),
  any: (field, report) => {
    plainFormat(field, report);
    return { type: text(MAX_TEXT), measure: 'characters' };
  },
  number: (field, report) => {
    plainFormat(field, report);
    checkMarks(field, report);
    const { precision, scale = 0 } = field.openbulk;
    const digits = precision === undefined ? undefined : { before: precision - scale, after: scale };
    return { type: number(digits, field), compare: compareDecimals };
  },
  integer: (field, report) => {
    plainFormat(field, report);
    const { groupChar, bareNumber } = field;
    const style = { ...(groupChar !== undefined && { groupChar }), ...(bareNumber !== undefined && { bareNumber }) };
    checkMarks({ ...style, decimalChar: '.' }, report);
    return { type: whole(rangeOf(field), style), compare: compareDecimals };
  },
  boolean: (field, report) => {
    plainFormat(field, report);
    const { trueValues = TRUE_VALUES, falseValues = FALSE_VALUES } = field;
    const both = falseValues.find((word) => trueValues.includes(word));
    if (both !== undefined)
      report('/falseValues', `${shown(both)} is in trueValues and in falseValues.`, 'Remove it from one of them.');
    if (trueValues.length === 0) report('/trueValues', 'The list is empty.', 'List at least one value.');
    if (falseValues.length === 0) report('/falseValues', 'The list is empty.', 'List at least one value.');
    return { type: boolean(trueValues, falseValues) };
  },
  date: (field, report) => ({ type: temporal(date, 'date', field, report), compare: asText }),
  time: (field, report) => ({ type: temporal(time, 'time', field, report), compare: asText }),
  datetime: (field, report) => ({ type: temporal(timestamp, 'datetime', field, report), compare: asText }),
  year: (field, report) => {
    plainFormat(field, report);
    return { type: year, compare: compareDecimals };
  },
  yearmonth: (field, report) => {
    plainFormat(field, report);
    return { type: yearmonth, compare: asText };
  },
  duration: (field, report) => {
    plainFormat(field, report);
    return { type: duration, compare: compareDurations };
  },
  list: (field, report) => {
    plainFormat(field, report);
    const { itemType = 'string', delimiter = ',' } = field;
    if (itemType !== 'string' && /^[0-9A-Za-z+.:-]+$/.test(delimiter))
      report(
        '/delimiter',
        `${shown(delimiter)} can be part of an entry of the type ${itemType}.`,
        'Choose a mark that is in no entry, such as a comma, a semicolon or |.',
      );
    const { item, sql } = ITEMS[itemType];
    return { type: listOf(item, sql, delimiter), measure: 'items' };
  },
  object: (field, report) => {
    plainFormat(field, report);
    return { type: jsonObject, measure: 'items' };
  },
  array: (field, report) => {
    plainFormat(field, report);
    return { type: jsonArray, measure: 'items' };
  },
  geopoint: (field, report) => ({ type: oneOf(GEOPOINTS, field, report) }),
  geojson: (field, report) => ({ type: oneOf(GEOJSONS, field, report) }),
};

const ITEMS: Record<NonNullable<Field['itemType']>, { readonly item: ColumnType; readonly sql: ItemSqlType }> = {
  string: { item: text(MAX_TEXT), sql: 'text' },
  integer: { item: whole({}), sql: 'bigint' },
  number: { item: number(), sql: 'numeric' },
  boolean: { item: boolean(), sql: 'boolean' },
  datetime: { item: timestamp, sql: 'timestamptz' },
  date: { item: date, sql: 'date' },
  time: { item: time, sql: 'time' },
};

const STRINGS = { default: text(MAX_TEXT), email, uri, binary, uuid };
const GEOPOINTS = { default: geopoint, array: geopointArray, object: geopointObject };
const GEOJSONS = { default: geojson, topojson };

function stringType(field: Field, report: Report): ColumnType {
  return oneOf(STRINGS, field, report);
}

function oneOf(
  types: Readonly<Record<string, ColumnType>> & { readonly default: ColumnType },
  field: Field,
  report: Report,
): ColumnType {
  const { type, format = 'default' } = field;
  const found = Object.hasOwn(types, format) ? types[format] : undefined;
  if (found) return found;
  const names = Object.keys(types);
  const similar = format === 'url' ? 'uri' : nearest(format, names);
  report(
    '/format',
    `${shown(format)} is not a format of the type ${type}.`,
    similar ? `Did you mean ${similar}?` : `Write one of ${names.join(', ')}.`,
  );
  return types.default;
}

/** Of types that have no formats. */
function plainFormat({ type, format }: Field, report: Report): void {
  if (format !== undefined) report('/format', `The type ${type} has no format ${shown(format)}.`, 'Remove it.');
}

function temporal(type: ColumnType, kind: FormatKind, { format }: Field, report: Report): ColumnType {
  if (format === undefined) return type;
  if (format === 'any') {
    const message = 'The format any is ambiguous: 1/2/2026 can be in January or in February.';
    report('/format', message, `Declare the format of the file: ${FORMAT_HELP}. Without a format, dates are ISO 8601.`);
    return type;
  }
  const parsed = parseFormat(format, kind);
  if (typeof parsed !== 'string') return formatted(type, parsed);
  report(
    '/format',
    `${shown(format)} is not a format of the type ${kind}: ${parsed}.`,
    `To declare one, ${FORMAT_HELP}.`,
  );
  return type;
}

function checkMarks({ decimalChar = '.', groupChar }: Pick<Field, 'decimalChar' | 'groupChar'>, report: Report): void {
  if (decimalChar === groupChar)
    report(
      '/groupChar',
      `${shown(decimalChar)} is both the decimal and the group character.`,
      'Choose different characters.',
    );
  for (const [name, mark] of [
    ['decimalChar', decimalChar],
    ['groupChar', groupChar],
  ] as const) {
    if (mark !== undefined && /[0-9+\-eE]/.test(mark))
      report(`/${name}`, `${shown(mark)} can be part of a number.`, 'Choose another character.');
    if (mark !== undefined && visible(`1${mark}1`) !== `1${mark}1`)
      report(
        `/${name}`,
        `${shown(mark)} has an invisible character, which no cell keeps.`,
        'Choose another character.',
      );
  }
}

/** The whole numbers that the constraints leave; bounds that are none are told elsewhere. */
export function rangeOf({ constraints }: Field): Range {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = constraints;
  const lows = [wholeOf(minimum, 'up', 0n), wholeOf(exclusiveMinimum, 'down', 1n)].filter(
    (value) => value !== undefined,
  );
  const highs = [wholeOf(maximum, 'down', 0n), wholeOf(exclusiveMaximum, 'up', -1n)].filter(
    (value) => value !== undefined,
  );
  return {
    min: lows.length > 0 ? lows.reduce((a, b) => (a > b ? a : b)) : undefined,
    max: highs.length > 0 ? highs.reduce((a, b) => (a < b ? a : b)) : undefined,
  };
}

function wholeOf(written: unknown, rounding: 'up' | 'down', more: bigint): bigint | undefined {
  const [, sign, digits, fraction = ''] = /^([+-]?)(\d{1,1000})(?:\.(\d+))?$/.exec(writtenText(written) ?? '') ?? [];
  if (digits === undefined) return undefined;
  const magnitude = BigInt(digits);
  const value = sign === '-' ? -magnitude : magnitude;
  if (!/[1-9]/.test(fraction)) return value + more;
  const up = rounding === 'up' && sign !== '-' ? 1n : 0n;
  const down = rounding === 'down' && sign === '-' ? -1n : 0n;
  return value + up + down + more;
}

/** A value of a constraint as text, exactly; `undefined` of objects and the like. */
export function writtenText(written: unknown): string | undefined {
  if (typeof written === 'string') return written;
  if (typeof written === 'number' || typeof written === 'boolean') return String(written);
  if (typeof written === 'object' && written !== null && 'rawJSON' in written) return String(written.rawJSON);
  return undefined;
}

/** Members that say something of one type only. */
const OF_TYPE: Readonly<Record<string, readonly Field['type'][]>> = {
  decimalChar: ['number'],
  groupChar: ['number', 'integer'],
  bareNumber: ['number', 'integer'],
  trueValues: ['boolean'],
  falseValues: ['boolean'],
  delimiter: ['list'],
  itemType: ['list'],
  categories: ['string', 'integer', 'any'],
};

const OWN_OF_TYPE: Readonly<Record<string, readonly Field['type'][]>> = {
  format: ['string', 'any'],
  precision: ['number'],
  normalise: ['string', 'any'],
};

function refuseForeignMembers(field: Field, report: Report): void {
  for (const [name, types] of Object.entries(OWN_OF_TYPE)) {
    if (!Object.hasOwn(field.openbulk, name) || types.includes(field.type)) continue;
    report(
      `/openbulk/${name}`,
      `It does not apply to the type ${field.type}.`,
      `Only ${types.join(' and ')} can have it.`,
    );
  }
  if (field.openbulk.format && field.format) {
    report('/openbulk/format', `The field already has the format ${field.format}.`, 'Keep one of them.');
  }
  for (const [name, types] of Object.entries(OF_TYPE)) {
    if (!Object.hasOwn(field, name) || types.includes(field.type)) continue;
    // A schema may be older than the change of a type; what means nothing does no harm, but for values that nobody checks.
    if (name === 'categories')
      report('/categories', `The type ${field.type} has no categories.`, 'List the values as the constraint enum.');
  }
}
