import { findJsonFault } from './json-fault.ts';

export const operators = ['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'in', 'like', 'exists'] as const;
export type Operator = (typeof operators)[number];

type Scalar = string | number | boolean | null;

export interface Condition {
  readonly field: string;
  readonly op: Operator;
  readonly value: Scalar | readonly Scalar[];
}

/** Which records are meant, as the API has it. */
export type Criteria =
  | { readonly all: readonly Criteria[] }
  | { readonly any: readonly Criteria[] }
  | { readonly not: Criteria }
  | Condition;

/** Why a text is no criteria. */
export type FaultKind = 'json' | 'deep' | 'part' | 'empty' | 'other' | 'list' | 'field' | 'op' | 'value';

export interface Fault {
  readonly kind: FaultKind;
  /** Such as `criteria.all[1].op`; empty if the text is not JSON. */
  readonly path?: string;
  /** In the text, from 1. */
  readonly place?: { readonly line: number; readonly column: number };
  /** The member that is at fault. */
  readonly member?: string;
}

type Read = { readonly criteria: Criteria } | { readonly fault: Fault };

/** As the server has it. */
const MAX_DEPTH = 20;

/**
 * Reads a criteria's JSON as far as its form goes, so that all of it can be shown; whether the fields are there and take the values is for
 * the server to say.
 */
export function readCriteria(text: string): Read {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { fault: { kind: 'json', place: findJsonFault(text) } };
  }
  try {
    return { criteria: readPart(value, 'criteria', 1) };
  } catch (error) {
    if (error instanceof Faulty) return { fault: error.fault };
    throw error;
  }
}

class Faulty extends Error {
  readonly fault: Fault;

  constructor(kind: FaultKind, path: string, member?: string) {
    super(kind);
    this.fault = { kind, path, ...(member !== undefined && { member }) };
  }
}

function readPart(part: unknown, path: string, depth: number): Criteria {
  if (depth > MAX_DEPTH) throw new Faulty('deep', path);
  if (typeof part !== 'object' || part === null || Array.isArray(part)) throw new Faulty('part', path);
  const members = new Map<string, unknown>(Object.entries(part));
  if (members.size === 0) throw new Faulty('empty', path);
  const group = (['all', 'any', 'not'] as const).find((name) => members.has(name));
  const known: readonly string[] = group ? [group] : ['field', 'op', 'value'];
  const other = [...members.keys()].find((name) => !known.includes(name));
  if (other !== undefined) throw new Faulty('other', path, other);
  if (!group) return readCondition(members, path);
  const inner = members.get(group);
  if (group === 'not') return { not: readPart(inner, `${path}.not`, depth + 1) };
  if (!Array.isArray(inner)) throw new Faulty('list', `${path}.${group}`);
  const parts = inner.map((each, index) => readPart(each, `${path}.${group}[${index}]`, depth + 1));
  return group === 'all' ? { all: parts } : { any: parts };
}

function readCondition(members: ReadonlyMap<string, unknown>, path: string): Condition {
  const field = members.get('field');
  const op = operators.find((each) => each === members.get('op'));
  const value = members.get('value');
  if (typeof field !== 'string') throw new Faulty('field', `${path}.field`);
  if (!op) throw new Faulty('op', `${path}.op`);
  if (isScalar(value) || (Array.isArray(value) && value.every(isScalar))) return { field, op, value };
  throw new Faulty('value', `${path}.value`);
}

function isScalar(value: unknown): value is Scalar {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}
