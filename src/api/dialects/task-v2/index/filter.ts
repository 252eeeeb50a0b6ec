import type { Attribute, TaskFilter } from '../../../../service/tasks/search-tasks.ts';
import { shown } from '../../../../task/errors.ts';
import { isRawNumber, parseJson } from '../../../../task/json/exact-json.ts';
import { attributeOf, memberNames } from '../vocabulary.ts';
import { comparison, FilterError, oneOf } from './filter-values.ts';

export { FilterError } from './filter-values.ts';

const MAX_DEPTH = 20;
/** Conditions, groups and values of lists. */
const MAX_PARTS = 1_000;
/** A pattern is looked for in all of a text, and requests and responses are unpacked to be looked at: for so many parts each counts. */
const PATTERN_PARTS = 20;
const JSON_PARTS = 10;
const OPERATORS = ['and', 'or', 'not', 'eq', 'neq', 'lt', 'lte', 'gt', 'gte', 'in', 'nin', 'like'];

/** How much of a filter was read, and where. */
interface FilterPosition {
  readonly where: string;
  readonly depth: number;
  readonly counted: { parts: number };
}

/**
 * Reads a filter (docs/api/task-v2.md "Filters"), an object or its JSON: attributes with what they equal, or with operators; `and`,
 * `or`, `not`. What stands side by side must all hold. A list is one of its values.
 *
 * @throws FilterError
 */
export function parseFilter(given: unknown): TaskFilter {
  const value = typeof given === 'string' ? parseText(given) : given;
  if (value === undefined || value === null) return { all: [] };
  return readGroup(value, { where: 'filter', depth: 1, counted: { parts: 0 } });
}

function parseText(text: string): unknown {
  if (text === '') return undefined;
  try {
    return parseJson(text);
  } catch {
    throw new FilterError(`must be an object, or its JSON: ${shown(text)}`);
  }
}

/** Attributes and groups, side by side. */
function readGroup(value: unknown, place: FilterPosition): TaskFilter {
  return readMembers(value, place, (name, member, inner) => {
    const attribute = attributeOf(name);
    if (attribute) return readAttribute(attribute, member, inner);
    if (isCombinator(name)) return combine(name, member, inner, readGroup);
    throw new FilterError(`${shown(inner.where)} is not an attribute; use ${memberNames.join(', ')}, or and, or, not`);
  });
}

/** What is said of one attribute: a value, a list of values, or operators. */
function readAttribute(attribute: Attribute, value: unknown, place: FilterPosition): TaskFilter {
  if (attribute === 'request' || attribute === 'response') take(place, JSON_PARTS);
  if (Array.isArray(value)) return readList(attribute, value, place);
  if (typeof value !== 'object' || value === null || isRawNumber(value))
    return comparison(attribute, 'eq', value, place.where);
  return readMembers(value, place, (name, operand, inner) => readOperator(attribute, name, operand, inner));
}

function readOperator(attribute: Attribute, name: string, operand: unknown, place: FilterPosition): TaskFilter {
  switch (name) {
    case 'and':
    case 'or':
    case 'not':
      return combine(name, operand, place, (value, inner) => readAttribute(attribute, value, inner));
    case 'in':
      return readList(attribute, operand, place);
    case 'nin':
      return { not: readList(attribute, operand, place) };
    case 'neq':
      return { not: comparison(attribute, 'eq', operand, place.where) };
    case 'like':
      take(place, PATTERN_PARTS);
      return comparison(attribute, name, operand, place.where);
    case 'eq':
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte':
      return comparison(attribute, name, operand, place.where);
    default:
      throw new FilterError(`${shown(place.where)} is not an operator; use ${OPERATORS.join(', ')}`);
  }
}

function readList(attribute: Attribute, value: unknown, place: FilterPosition): TaskFilter {
  if (!Array.isArray(value)) throw new FilterError(`${place.where} must have an array`);
  take(place, value.length);
  return oneOf(attribute, value, place.where);
}

type Combinator = 'and' | 'or' | 'not';

function isCombinator(name: string): name is Combinator {
  return name === 'and' || name === 'or' || name === 'not';
}

function combine(
  name: Combinator,
  value: unknown,
  place: FilterPosition,
  read: (value: unknown, place: FilterPosition) => TaskFilter,
): TaskFilter {
  if (name === 'not') return { not: read(value, enter(place, '')) };
  if (!Array.isArray(value)) throw new FilterError(`${place.where} must have an array`);
  const parts = value.map((part, index) => read(part, enter(place, `[${index}]`)));
  return name === 'and' ? { all: parts } : { any: parts };
}

function readMembers(
  value: unknown,
  place: FilterPosition,
  read: (name: string, member: unknown, place: FilterPosition) => TaskFilter,
): TaskFilter {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || isRawNumber(value)) {
    throw new FilterError(`${place.where} must be an object`);
  }
  // Not merged into any object of ours: a member may be called __proto__.
  return { all: Object.entries(value).map(([name, member]) => read(name, member, enter(place, `.${name}`))) };
}

function enter(place: FilterPosition, step: string): FilterPosition {
  take(place, 1);
  const depth = place.depth + 1;
  if (depth > MAX_DEPTH) throw new FilterError(`must have at most ${MAX_DEPTH} levels`);
  // What a client calls its members can be of any length.
  return { ...place, where: `${place.where}${step}`.slice(0, 200), depth };
}

function take({ counted }: FilterPosition, parts: number): void {
  counted.parts += parts;
  if (counted.parts > MAX_PARTS)
    throw new FilterError(
      `must have at most ${MAX_PARTS} conditions and values; like counts as ${PATTERN_PARTS}, and a comparison of request or response adds ${JSON_PARTS}. Use fewer, or in with an array of values`,
    );
}
