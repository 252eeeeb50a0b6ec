import { shown } from '../../task/errors.ts';
import { lengthOf } from '../../task/text/characters.ts';
import type { Constraints, Field, Written } from '../declaration/declaration.ts';
import { compilePattern, type Pattern } from '../patterns/compile.ts';
import { PatternError } from '../patterns/parse.ts';
import { type BaseType, baseType, type Compare, type Report, rangeOf, writtenText } from './base-type.ts';
import { type ColumnType, readStandard } from './column-type.ts';
import { compileJsonSchema } from './json-schema.ts';
import { listed } from './listed.ts';
import { entriesOf } from './lists.ts';
import { choice } from './texts.ts';

/** Something that holds of a value: its canonical spelling, and the cell as it was written, where there is one. */
interface Check {
  /** What it adds to the type's own words, behind "must be …"; nothing where those say it. */
  readonly says?: string;
  holds(canonical: string, cell: string): boolean;
  /** It looks at the cell: of the API's spelling, which files need not have, it says nothing. */
  readonly ofCell?: true;
}

/**
 * The type of a field, with all of its constraints in one check. Of what is wrong with the field it tells, and gives some type.
 */
export function fieldType(field: Field, report: Report): ColumnType {
  const base = baseType(field, report);
  const { constraints, openbulk } = field;
  refuseForeignConstraints(field, base, report);
  refuseEmptyLength(field, base, report);
  const words = allowedValues(field, base.type, report);
  if (openbulk.format === 'choice') return choiceType(words, report);
  const type = sized(field, base);
  const pattern = readPattern(constraints, report);
  const checks: Check[] = [
    ...rangeChecks(field, base, report),
    ...lengthChecks(constraints, base),
    ...(pattern ? [patternCheck(pattern, constraints.pattern as string)] : []),
    ...(words ? [{ says: '', holds: (canonical: string) => words.canonical.has(canonical) }] : []),
    ...schemaChecks(constraints, report),
  ];
  const { normalise = [] } = openbulk;
  if (checks.length === 0 && normalise.length === 0) return type;
  return withChecks(type, {
    checks,
    words: words?.shown,
    // The pattern's own limit may be less than that of the field.
    maxLength: Math.min(type.maxLength, pattern?.maxLength ?? type.maxLength),
    normalised: normalisation(normalise),
  });
}

interface Checked {
  readonly checks: readonly Check[];
  /** The values that are allowed, as a sentence lists them. */
  readonly words?: string | undefined;
  readonly maxLength: number;
  readonly normalised: ((cell: string) => string) | undefined;
}

function withChecks(type: ColumnType, { checks, words, maxLength, normalised }: Checked): ColumnType {
  const said = checks.flatMap(({ says }) => says || []);
  const expected = words === undefined ? [type.expected, ...said].join('') : `one of ${words}`;
  const { canonical: read, standardExpected } = type;
  const ofValue = checks.filter(({ ofCell }) => !ofCell);
  const saidOfValue = ofValue.flatMap(({ says }) => says || []);
  return {
    ...type,
    maxLength,
    expected,
    ...(standardExpected !== undefined && {
      standardExpected: words === undefined ? [standardExpected, ...saidOfValue].join('') : expected,
    }),
    canonical: checked(normalised ? (cell) => read(normalised(cell)) : read, checks),
    ...(type.standard && { standard: checked(type.standard, ofValue) }),
  };
}

function checked(read: ColumnType['canonical'], checks: readonly Check[]): ColumnType['canonical'] {
  const [only] = checks;
  if (!only) return read;
  if (checks.length === 1) {
    return (cell) => {
      const canonical = read(cell);
      return canonical !== undefined && only.holds(canonical, cell) ? canonical : undefined;
    };
  }
  return (cell) => {
    const canonical = read(cell);
    if (canonical === undefined) return undefined;
    for (const check of checks) if (!check.holds(canonical, cell)) return undefined;
    return canonical;
  };
}

function normalisation(names: NonNullable<Field['openbulk']['normalise']>): ((cell: string) => string) | undefined {
  const lower = names.includes('lowerCase');
  const composed = names.includes('nfc');
  // Cells are trimmed before anybody reads them.
  if (!lower && !composed) return undefined;
  return (cell) => {
    const text = lower ? cell.toLowerCase() : cell;
    return composed ? text.normalize('NFC') : text;
  };
}

/** The type with the field's longest cell. */
function sized({ constraints, openbulk }: Field, { type, measure }: BaseType): ColumnType {
  const longestCell = openbulk.maxLength ?? type.maxLength;
  const most = measure === 'characters' ? Math.min(longestCell, constraints.maxLength ?? longestCell) : longestCell;
  return most === type.maxLength ? type : { ...type, maxLength: most };
}

/** The values that `enum` and `categories` leave, by their canonical spellings and as people read them. */
interface Allowed {
  readonly canonical: ReadonlySet<string>;
  readonly texts: readonly string[];
  readonly shown: string;
}

function allowedValues({ constraints, categories }: Field, type: ColumnType, report: Report): Allowed | undefined {
  const given = constraints.enum ?? categories?.map(({ value }) => value);
  if (!given) return undefined;
  const read = (values: readonly Written[], member: string) =>
    values.flatMap((value, index) => {
      const text = writtenText(value) ?? JSON.stringify(value);
      const canonical = readValue(type, text);
      if (canonical !== undefined) return [[text, canonical] as const];
      report(
        `${member}/${index}`,
        `${shown(text)} is not a valid value of the field.`,
        `A value must be ${type.expected}.`,
      );
      return [];
    });
  const values = read(given, constraints.enum ? '/constraints/enum' : '/categories');
  if (constraints.enum && categories) {
    const known = new Set(
      read(
        categories.map(({ value }) => value),
        '/categories',
      ).map(([, canonical]) => canonical),
    );
    for (const [index, [text, canonical]] of values.entries()) {
      if (!known.has(canonical))
        report(
          `/constraints/enum/${index}`,
          `${shown(text)} is not one of the categories.`,
          'Remove it, or add it to the categories.',
        );
    }
  }
  const texts = values.map(([text]) => text);
  return { canonical: new Set(values.map(([, canonical]) => canonical)), texts, shown: listed(texts) };
}

/** A value of a declaration, as the file writes it or as the API does. */
function readValue(type: ColumnType, text: string): string | undefined {
  const trimmed = text.trim();
  return type.canonical(trimmed) ?? readStandard(type, trimmed);
}

function choiceType(words: Allowed | undefined, report: Report): ColumnType {
  if (!words) report('/constraints/enum', 'The choice has no values.', 'List them as the constraint enum.');
  const texts = words?.texts ?? [];
  const lower = texts.map((text) => text.toLowerCase());
  const twice = lower.findIndex((text, index) => lower.indexOf(text) !== index);
  if (twice >= 0)
    report(
      `/constraints/enum/${twice}`,
      `${shown(texts[twice] as string)} is listed twice, in different case.`,
      'Values of a choice are compared without case: list each once.',
    );
  return choice(texts);
}

const BOUNDS = [
  ['minimum', 'at least', (sign: number) => sign >= 0],
  ['maximum', 'at most', (sign: number) => sign <= 0],
  ['exclusiveMinimum', 'more than', (sign: number) => sign > 0],
  ['exclusiveMaximum', 'less than', (sign: number) => sign < 0],
] as const;

function rangeChecks(field: Field, { type, compare }: BaseType, report: Report): Check[] {
  const { type: name, constraints } = field;
  if (!compare) return [];
  const found = BOUNDS.flatMap(([member, says, holds]) => {
    const written = constraints[member];
    if (written === undefined) return [];
    const text = writtenText(written) ?? JSON.stringify(written);
    const bound = name === 'integer' ? wholeBound(text) : readValue(type, text);
    if (bound !== undefined) return [{ member, says, text, bound, holds: bounded(compare, bound, holds) }];
    const example = type.expected.replace(name === 'integer' ? / (?:from|of|with) .*/ : /$/, '');
    report(
      `/constraints/${member}`,
      `${shown(text)} is not a valid value of the field.`,
      `A bound must be ${example}.`,
    );
    return [];
  });
  if (name === 'integer') refuseNoWhole(field, report);
  else refuseEmptyRange(found, compare, report);
  const [first] = found;
  // Whole numbers have their bounds in the type.
  if (!first || name === 'integer') return [];
  const says = `, ${rangeWords(found)}`;
  return found.map(({ holds }, index) => ({ ...(index === 0 && { says }), holds }));
}

interface Bound {
  readonly member: string;
  readonly says: string;
  readonly text: string;
  readonly bound: string;
}

function rangeWords(bounds: readonly Bound[]): string {
  const [low, high] = bounds;
  if (low?.member === 'minimum' && high?.member === 'maximum') return `from ${low.text} to ${high.text}`;
  return bounds.map(({ says, text }) => `${says} ${text}`).join(' and ');
}

/** A bound of whole numbers need not be one itself. */
function wholeBound(text: string): string | undefined {
  return /^[+-]?\d{1,1000}(?:\.\d+)?$/.test(text) ? text : undefined;
}

function bounded(compare: Compare, bound: string, holds: (sign: number) => boolean): (canonical: string) => boolean {
  return (canonical) => {
    const sign = compare(canonical, bound);
    return sign !== undefined && holds(sign);
  };
}

function refuseNoWhole(field: Field, report: Report): void {
  const { min, max } = rangeOf(field);
  if (min === undefined || max === undefined || min <= max) return;
  const high = field.constraints.maximum === undefined ? 'exclusiveMaximum' : 'maximum';
  report(`/constraints/${high}`, 'No whole number is within the bounds.', 'Correct one of them.');
}

function refuseEmptyRange(bounds: readonly Bound[], compare: Compare, report: Report): void {
  const lows = bounds.filter(({ member }) => member.endsWith('inimum'));
  const highs = bounds.filter(({ member }) => member.endsWith('aximum'));
  for (const low of lows) {
    for (const high of highs) {
      // Of durations it may not be known.
      const sign = compare(low.bound, high.bound) ?? -1;
      const exclusive = low.member.startsWith('e') || high.member.startsWith('e');
      if (sign > 0 || (sign === 0 && exclusive))
        report(
          `/constraints/${high.member}`,
          `No value is between ${low.member} and ${high.member}.`,
          'Correct one of them.',
        );
    }
  }
}

function refuseEmptyLength({ constraints, openbulk }: Field, { measure }: BaseType, report: Report): void {
  const { minLength, maxLength } = constraints;
  if (minLength === undefined || !measure) return;
  const longest = measure === 'characters' ? openbulk.maxLength : undefined;
  const most = Math.min(maxLength ?? minLength, longest ?? minLength);
  if (minLength > most)
    report(
      '/constraints/minLength',
      `No value is as long as ${minLength} and at most ${most}.`,
      'Correct one of them.',
    );
}

function lengthChecks({ minLength, maxLength }: Constraints, { measure, type }: BaseType): Check[] {
  const checks: Check[] = [];
  if (measure === 'characters' && minLength !== undefined && minLength > 1) {
    checks.push({
      says: ` of at least ${minLength} characters`,
      holds: (_canonical, cell) => cell.length >= minLength && lengthOf(cell) >= minLength,
    });
  }
  if (measure !== 'items' || (minLength === undefined && maxLength === undefined)) return checks;
  const [least, most] = [minLength ?? 0, maxLength ?? Number.POSITIVE_INFINITY];
  const count = type.list
    ? (canonical: string) => entriesOf(canonical).length
    : (canonical: string) => Object.keys(JSON.parse(canonical)).length;
  const says =
    most === Number.POSITIVE_INFINITY ? ` with at least ${least} entries` : ` with ${least} to ${most} entries`;
  checks.push({
    says,
    holds(canonical) {
      const entries = count(canonical);
      return entries >= least && entries <= most;
    },
  });
  return checks;
}

function readPattern({ pattern }: Constraints, report: Report): Pattern | undefined {
  if (pattern === undefined) return undefined;
  try {
    return compilePattern(pattern);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    const advice = 'Patterns follow XML Schema and match the whole value.';
    report('/constraints/pattern', `The pattern cannot be used: ${error.message}.`, advice);
    return undefined;
  }
}

function patternCheck(pattern: Pattern, source: string): Check {
  return { says: ` of the pattern ${source}`, ofCell: true, holds: (_canonical, cell) => pattern.test(cell) };
}

function schemaChecks({ jsonSchema }: Constraints, report: Report): Check[] {
  if (jsonSchema === undefined || jsonSchema === true) return [];
  const compiled = compileJsonSchema(jsonSchema);
  if (typeof compiled !== 'string') return [{ says: ' as its JSON Schema says', holds: compiled }];
  report(
    '/constraints/jsonSchema',
    `The JSON Schema cannot be used: ${compiled}.`,
    'Correct it. It cannot refer to other documents.',
  );
  return [];
}

/** Constraints that the standard has for other types: nobody would check them. */
function refuseForeignConstraints(
  { type, constraints }: Field,
  { compare, measure, type: column }: BaseType,
  report: Report,
): void {
  const tell = (member: string, advice: string) =>
    report(`/constraints/${member}`, `Values of the type ${type} have no ${member}.`, advice);
  for (const [member] of BOUNDS) if (!compare && constraints[member] !== undefined) tell(member, 'Remove it.');
  for (const member of ['minLength', 'maxLength'] as const) {
    if (!measure && constraints[member] !== undefined)
      tell(member, 'Remove it. Use minimum and maximum to limit a value.');
  }
  if (constraints.jsonSchema !== undefined && column.sql !== 'jsonb')
    tell('jsonSchema', 'Only objects and arrays can have one.');
}
