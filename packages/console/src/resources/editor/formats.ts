import type { DeclaredField } from '../../catalogue/declaration.ts';
import { withMembers, withOption } from './edit.ts';

/** Types of fields, in the order in which they are offered. */
export const types = [
  ...(['string', 'integer', 'number', 'boolean', 'date', 'datetime', 'time', 'list'] as const),
  ...(['year', 'yearmonth', 'duration', 'object', 'array', 'geopoint', 'geojson', 'any'] as const),
] as const;
export type FieldType = (typeof types)[number];

export function typeOf({ type }: DeclaredField): FieldType {
  return types.find((each) => each === type) ?? 'string';
}

/** What a text can be. Those with a hyphen, and `choice`, are ours. */
export const textFormats = ['', 'email', 'uri', 'uuid', 'binary', 'ip-address', 'mac-address', 'choice'] as const;
export type TextFormat = (typeof textFormats)[number];
const OURS: readonly string[] = ['ip-address', 'mac-address', 'choice'];

export function textFormatOf({ format, openbulk }: DeclaredField): TextFormat {
  return textFormats.find((each) => each === (openbulk?.format ?? format)) ?? '';
}

export function withTextFormat(field: DeclaredField, format: string): DeclaredField {
  const ours = OURS.includes(format);
  const plain = withMembers(field, { format: ours || format === '' ? undefined : format });
  return withOption(plain, 'format', ours ? format : undefined);
}

/** How 1234.56 is written. */
export const numberFormats = ['1234.56', '1,234.56', '1234,56', '1.234,56', '1 234,56', "1'234.56"];

export function numberFormatOf({ decimalChar = '.', groupChar = '' }: DeclaredField): string {
  return `1${String(groupChar)}234${String(decimalChar)}56`;
}

export function withNumberFormat(field: DeclaredField, written: string): DeclaredField {
  const [, group = '', decimal = '.'] = /^1(.?)234(.)56$/.exec(written) ?? [];
  return withMembers(field, {
    decimalChar: decimal === '.' ? undefined : decimal,
    groupChar: group === '' ? undefined : group,
  });
}

/** Words for yes and no that files have; the first are those of the standard. */
const WORDS = [
  ['yes', 'no'],
  ['Y', 'N'],
  ['sí', 'no'],
  ['ja', 'nein'],
  ['oui', 'non'],
  ['1', '0'],
  ['x', '-'],
] as const;

/** A pair of words as a choice. */
export interface WordsChoice {
  readonly value: string;
  readonly label: string;
  readonly trueValues?: readonly string[];
  readonly falseValues?: readonly string[];
}

/** The words of a field, then others that can be chosen. */
export function wordsOf(field: DeclaredField): { readonly chosen: WordsChoice; readonly all: readonly WordsChoice[] } {
  const standard: WordsChoice = { value: '', label: 'true / false' };
  const others = WORDS.map(([yes, no]) => choiceOf(inCases(yes), inCases(no)));
  const { trueValues, falseValues } = field as { trueValues?: string[]; falseValues?: string[] };
  const own = trueValues || falseValues ? choiceOf(trueValues ?? ['true'], falseValues ?? ['false']) : standard;
  const all = [standard, ...others];
  const known = all.find(({ label }) => label.toLowerCase() === own.label.toLowerCase());
  return known && own.value === known.value
    ? { chosen: known, all }
    : { chosen: own, all: own.value === '' ? all : [own, ...all.filter((each) => each !== known)] };
}

function choiceOf(trueValues: readonly string[], falseValues: readonly string[]): WordsChoice {
  return {
    value: JSON.stringify([trueValues, falseValues]),
    label: `${trueValues[0]} / ${falseValues[0]}`,
    trueValues,
    falseValues,
  };
}

function inCases(word: string): string[] {
  return [...new Set([word, word.charAt(0).toUpperCase() + word.slice(1), word.toUpperCase()])];
}

const LETTERS: Readonly<Record<string, string>> = {
  '%Y': 'YYYY',
  '%y': 'YY',
  '%m': 'MM',
  '%d': 'DD',
  '%H': 'HH',
  '%M': 'mm',
  '%S': 'ss',
};

/** A format of dates as people write it, where there are letters for it: `%d.%m.%Y` is `DD.MM.YYYY`. */
export function inLetters(format: string | undefined = ''): string {
  const letters = format.replace(/%[YymdHMS]/g, (directive) => LETTERS[directive] ?? directive);
  return letters.includes('%') ? format : letters;
}

/** The values that a field may have, one a line, as they are written; numbers are numbers where nothing is lost. */
export function valuesFrom(text: string, type: FieldType): unknown[] | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length === 0) return undefined;
  const isNumber = type === 'integer' || type === 'number' || type === 'year';
  return lines.map((line) => (isNumber && String(Number(line)) === line.trim() ? Number(line) : line));
}
