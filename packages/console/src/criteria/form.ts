import type { Kind } from '../catalogue/record-resource.ts';
import type { Condition, Criteria, Operator } from './criteria.ts';

/** How a condition compares, as the form has it. */
export type Choice =
  | 'is'
  | 'isNot'
  | 'contains'
  | 'containsNot'
  | 'begins'
  | 'ends'
  | 'matches'
  | 'matchesNot'
  | 'anyOf'
  | 'noneOf'
  | 'less'
  | 'atMost'
  | 'more'
  | 'atLeast'
  | 'present'
  | 'absent';

export const matches = ['all', 'any', 'notAll', 'none'] as const;
/** How many of a group's parts must be true. */
export type Match = (typeof matches)[number];

export interface FormCondition {
  readonly kind: 'condition';
  readonly field: string;
  readonly choice: Choice;
  /** What it is compared with; of `anyOf` and `noneOf` a value a line. */
  readonly text: string;
}

/** A criteria as a form: what it has no words for stays as it is. */
export type FormPart =
  | { readonly kind: 'group'; readonly match: Match; readonly parts: readonly FormPart[] }
  | FormCondition
  | { readonly kind: 'raw'; readonly criteria: Criteria };

export type FormGroup = Extract<FormPart, { kind: 'group' }>;

/** The type of a column's values; text for an unknown column. */
export type KindOf = (field: string) => Kind;

const COMPARED = {
  is: 'eq',
  isNot: 'ne',
  less: 'lt',
  atMost: 'lte',
  more: 'gt',
  atLeast: 'gte',
} as const satisfies Partial<Record<Choice, Operator>>;

const texts = ['is', 'isNot', 'contains', 'containsNot', 'begins', 'ends', 'anyOf', 'noneOf', 'matches'] as const;
const ordered = ['is', 'isNot', 'less', 'atMost', 'more', 'atLeast'] as const;
const presence = ['present', 'absent'] as const;

/** The comparisons that make sense of a column, the most usual first. */
export const choicesOf: Readonly<Record<Kind, readonly Choice[]>> = {
  text: [...texts, ...presence],
  document: [...texts, ...presence],
  mac: ['is', 'isNot', 'begins', 'contains', 'anyOf', 'noneOf', ...presence],
  ip: [...ordered, 'begins', 'contains', 'anyOf', 'noneOf', ...presence],
  number: [...ordered, 'anyOf', 'noneOf', ...presence],
  moment: ['less', 'more', 'atMost', 'atLeast', ...presence],
  date: ['is', 'less', 'more', 'atMost', 'atLeast', 'isNot', ...presence],
  time: [...ordered, 'anyOf', 'noneOf', ...presence],
  word: ['is', 'isNot', 'anyOf', 'noneOf', ...presence],
  choice: ['is', 'isNot', 'anyOf', 'noneOf', ...presence],
  json: [...presence],
  list: ['is', 'isNot', 'anyOf', 'noneOf', ...presence],
};

/** Whether a comparison needs something to compare with. */
export function takesText(choice: Choice): boolean {
  return choice !== 'present' && choice !== 'absent';
}

export function isOfLines(choice: Choice): boolean {
  return choice === 'anyOf' || choice === 'noneOf';
}

/** The criteria that a form says. */
export function toCriteria(part: FormPart, kindOf: KindOf): Criteria {
  if (part.kind === 'raw') return part.criteria;
  if (part.kind === 'condition') return toCondition(part, kindOf(part.field));
  const parts = part.parts.map((each) => toCriteria(each, kindOf));
  const group = part.match === 'all' || part.match === 'notAll' ? { all: parts } : { any: parts };
  return part.match === 'notAll' || part.match === 'none' ? { not: group } : group;
}

function toCondition({ field, choice, text }: FormCondition, kind: Kind): Criteria {
  const value = (from: string) => (kind === 'number' && isPlainNumber(from) ? Number(from) : from);
  switch (choice) {
    case 'contains':
      return { field, op: 'like', value: `%${escaped(text)}%` };
    case 'containsNot':
      return { not: { field, op: 'like', value: `%${escaped(text)}%` } };
    case 'begins':
      return { field, op: 'like', value: `${escaped(text)}%` };
    case 'ends':
      return { field, op: 'like', value: `%${escaped(text)}` };
    case 'matches':
      return { field, op: 'like', value: text };
    case 'matchesNot':
      return { not: { field, op: 'like', value: text } };
    case 'anyOf':
      return { field, op: 'in', value: linesOf(text).map(value) };
    case 'noneOf':
      return { not: { field, op: 'in', value: linesOf(text).map(value) } };
    case 'present':
      return { field, op: 'exists', value: true };
    case 'absent':
      return { field, op: 'exists', value: false };
    default:
      return { field, op: COMPARED[choice], value: value(text) };
  }
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}

/** A number that is written as JavaScript writes it. */
function isPlainNumber(text: string): boolean {
  return /^-?\d/.test(text) && String(Number(text)) === text;
}

/** In a pattern, `%` and `_` stand for others. */
function escaped(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}

/** A criteria as a form, so that `toCriteria` gives it again; numbers, true and false are the same as their text, to the server too. */
export function toForm(criteria: Criteria, kindOf: KindOf): FormPart {
  if ('all' in criteria) return group('all', criteria.all, kindOf);
  if ('any' in criteria) return group('any', criteria.any, kindOf);
  if (!('not' in criteria)) return conditionOrRaw(criteria, readCondition(criteria), kindOf);
  const { not } = criteria;
  if ('all' in not) return group('notAll', not.all, kindOf);
  if ('any' in not) return group('none', not.any, kindOf);
  return conditionOrRaw(criteria, 'not' in not ? undefined : readNegated(not), kindOf);
}

function group(match: Match, parts: readonly Criteria[], kindOf: KindOf): FormPart {
  return { kind: 'group', match, parts: parts.map((part) => toForm(part, kindOf)) };
}

/** A condition whose words say all that the criteria says; else the criteria stays as it is. */
function conditionOrRaw(criteria: Criteria, read: FormCondition | undefined, kindOf: KindOf): FormPart {
  return read && isSame(toCondition(read, kindOf(read.field)), criteria) ? read : { kind: 'raw', criteria };
}

function readCondition({ field, op, value }: Condition): FormCondition {
  const said = (choice: Choice, text = ''): FormCondition => ({ kind: 'condition', field, choice, text });
  if (op === 'exists') return said(value === true ? 'present' : 'absent');
  if (op === 'in') return said('anyOf', Array.isArray(value) ? value.join('\n') : '');
  if (op === 'like') {
    const text = String(value);
    const [inner, before, after] = innerOf(text);
    if (inner === undefined || (!before && !after)) return said('matches', text);
    return said(before && after ? 'contains' : after ? 'begins' : 'ends', inner);
  }
  const choice = (Object.keys(COMPARED) as (keyof typeof COMPARED)[]).find((each) => COMPARED[each] === op);
  return said(choice ?? 'is', String(value));
}

const NEGATED: Partial<Record<Choice, Choice>> = {
  anyOf: 'noneOf',
  contains: 'containsNot',
  matches: 'matchesNot',
};

function readNegated(condition: Condition): FormCondition | undefined {
  const read = readCondition(condition);
  const choice = NEGATED[read.choice];
  if (choice) return { ...read, choice };
  return condition.op === 'like' ? { ...read, choice: 'matchesNot', text: String(condition.value) } : undefined;
}

/** The text between a pattern's wildcards at both ends, if there are none within. */
function innerOf(pattern: string): [inner: string | undefined, before: boolean, after: boolean] {
  const found = /^(%?)((?:\\[\\%_]|[^\\%_])*)(%?)$/s.exec(pattern);
  return [found?.[2]?.replace(/\\(.)/gs, '$1'), found?.[1] === '%', found?.[3] === '%'];
}

/** Whether two say the same, in whatever order their members are. */
function isSame(one: Criteria, other: Criteria): boolean {
  if ('not' in one) return 'not' in other && isSame(one.not, other.not);
  if ('field' in one && 'field' in other) {
    return one.field === other.field && one.op === other.op && spelled(one.value) === spelled(other.value);
  }
  return false;
}

function spelled(value: Condition['value']): string {
  return JSON.stringify(value, (_, each: unknown) =>
    ['number', 'boolean'].includes(typeof each) ? String(each) : each,
  );
}

/** The paths of the conditions that lack what they compare with, as the server spells paths. */
export function gapsIn(part: FormPart, path = 'criteria'): string[] {
  if (part.kind === 'raw') return [];
  if (part.kind === 'condition') {
    return takesText(part.choice) && part.text.trim() === '' ? [`${partPath(part, path)}.value`] : [];
  }
  return part.parts.flatMap((each, index) => gapsIn(each, inGroup(part, path, index)));
}

/** Where a group's part is. */
export function inGroup({ match }: FormGroup, path: string, index: number): string {
  const own = match === 'notAll' || match === 'none' ? `${path}.not` : path;
  return `${own}.${match === 'all' || match === 'notAll' ? 'all' : 'any'}[${index}]`;
}

/** Where a condition itself is. */
export function partPath({ choice }: FormCondition, path: string): string {
  return ['containsNot', 'matchesNot', 'noneOf'].includes(choice) ? `${path}.not` : path;
}
