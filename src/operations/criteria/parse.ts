import type { Resource } from '../../resources/resource.ts';
import { shown } from '../../task/errors.ts';
import { isRawNumber, parseJson } from '../../task/json/exact-json.ts';
import { findJsonFault } from '../../task/json/json-fault.ts';
import type { ConfigProblem } from '../import/config.ts';
import { type Condition, type Criteria, OPERATORS, type Operator } from './criteria.ts';
import { fieldNames, findField } from './fields.ts';
import { described, readValue } from './values.ts';

const MAX_BYTES = 64 * 1024;
const MAX_DEPTH = 20;
const MAX_PARTS = 500;
/** More would not be read by anybody, and each may list all fields. */
const MAX_PROBLEMS = 20;

const EVERY_RECORD = 'use {"all": []} to select every record';

/** The problems found so far, and what the rest is read against. */
interface Reading {
  readonly resource: Resource;
  readonly problems: ConfigProblem[];
  parts: number;
}

/**
 * Reads a criteria (docs/api/criteria.md "Form") against a resource: an object, or its JSON text. At most 64 KiB of JSON, 500
 * conditions and groups, 20 levels.
 *
 * @returns the criteria, or what is wrong with it (the first 20 things), by path such as `criteria.all[1].op`
 */
export function parseCriteria(
  resource: Resource,
  input: unknown,
): { readonly criteria: Criteria } | { readonly problems: readonly ConfigProblem[] } {
  const reading: Reading = { resource, problems: [], parts: 0 };
  const root = readInput(reading, input);
  const criteria = root && readPart(reading, root.value, 'criteria', 1);
  return criteria && reading.problems.length === 0 ? { criteria } : { problems: reading.problems };
}

function readInput(reading: Reading, input: unknown): { value: unknown } | undefined {
  if (input === undefined || input === null || input === '') {
    return problem(
      reading,
      'criteria',
      `is missing: give the criteria for records. To select all records, ${EVERY_RECORD}`,
    );
  }
  const json = typeof input === 'string' ? input : jsonOf(input);
  if (json === undefined) return problem(reading, 'criteria', `has more than ${MAX_DEPTH} levels`);
  const bytes = Buffer.byteLength(json);
  if (bytes > MAX_BYTES)
    return problem(reading, 'criteria', `must have at most ${MAX_BYTES} bytes of JSON; found ${bytes}`);
  if (typeof input !== 'string') return { value: input };
  const fault = findJsonFault(json);
  if (fault)
    return problem(reading, 'criteria', `is not JSON: ${fault.what} at character ${fault.at + 1}: ${shown(json)}`);
  return { value: parseJson(json) };
}

/** Its JSON; `undefined` of what is too deep for that, which is thousands of levels. */
function jsonOf(input: unknown): string | undefined {
  try {
    return JSON.stringify(input);
  } catch {
    return undefined;
  }
}

function readPart(reading: Reading, part: unknown, path: string, depth: number): Criteria | undefined {
  if (depth > MAX_DEPTH) return problem(reading, path, `has more than ${MAX_DEPTH} levels; use fewer`);
  reading.parts += 1;
  if (reading.parts > MAX_PARTS) {
    // Said once: what comes behind is not looked at.
    if (reading.parts > MAX_PARTS + 1) return undefined;
    return problem(reading, path, `exceeds the limit: criteria can have at most ${MAX_PARTS} conditions and groups`);
  }
  if (typeof part !== 'object' || part === null || Array.isArray(part) || isRawNumber(part)) {
    return problem(reading, path, `must be a condition {"field", "op", "value"} or a group; found ${described(part)}`);
  }
  const members = new Map<string, unknown>(Object.entries(part));
  if (members.size === 0) return problem(reading, path, `{} has no condition; ${EVERY_RECORD}`);
  const group = (['all', 'any', 'not'] as const).find((name) => members.has(name));
  if (!group) return readCondition(reading, members, path);
  if (hasOthers(reading, members, path, [group])) return undefined;
  const inner = members.get(group);
  if (group === 'not') {
    const not = readPart(reading, inner, `${path}.not`, depth + 1);
    return not && { not };
  }
  if (!Array.isArray(inner)) return problem(reading, `${path}.${group}`, `must be an array; found ${described(inner)}`);
  const parts = inner.flatMap((one, index) => readPart(reading, one, `${path}.${group}[${index}]`, depth + 1) ?? []);
  return group === 'all' ? { all: parts } : { any: parts };
}

function readCondition(reading: Reading, members: ReadonlyMap<string, unknown>, path: string): Condition | undefined {
  if (hasOthers(reading, members, path, ['field', 'op', 'value'])) return undefined;
  const { resource } = reading;
  const name = members.get('field');
  const op = members.get('op');
  const field = typeof name === 'string' ? findField(resource, name) : undefined;
  if (!field) {
    problem(reading, `${path}.field`, `must be one of ${fieldNames(resource)}; found ${described(name)}`);
  }
  if (!isOperator(op)) {
    return problem(reading, `${path}.op`, `must be one of ${OPERATORS.join(', ')}; found ${described(op)}`);
  }
  if (!field) return undefined;
  if (!field.operators.includes(op)) {
    const why = `${field.name} cannot be compared with ${op}; use one of ${field.operators.join(', ')}`;
    return problem(reading, `${path}.op`, why);
  }
  const read = readValue(field, op, members.get('value'));
  if ('condition' in read) return read.condition;
  return problem(reading, `${path}.value${read.at}`, read.message);
}

function isOperator(op: unknown): op is Operator {
  return OPERATORS.some((operator) => operator === op);
}

/** Whether a part has a member that does not belong there: said, so that nothing a client writes is passed over. */
function hasOthers(
  reading: Reading,
  members: ReadonlyMap<string, unknown>,
  path: string,
  known: readonly string[],
): boolean {
  const other = [...members.keys()].find((name) => !known.includes(name));
  if (other === undefined) return false;
  const forms = 'a condition has "field", "op" and "value", a group one of "all", "any" and "not" and nothing else';
  problem(reading, path, `has an unknown member ${shown(other)}: ${forms}`);
  return true;
}

function problem(reading: Reading, field: string, message: string): undefined {
  if (reading.problems.length < MAX_PROBLEMS) reading.problems.push({ field, message });
}
