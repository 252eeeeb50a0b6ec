import { createRequire } from 'node:module';
import type * as Yaml from 'yaml';
import { isRawNumber, parseJson } from '../../task/json/exact-json.ts';
import { findJsonFault } from '../../task/json/json-fault.ts';
import type { Problems } from './problems.ts';

/** Characters of a declaration: 1,500 columns with long descriptions have a tenth. */
const MAX_JSON = 4 * 1024 * 1024;
/** YAML takes a hundred times as long to read. */
const MAX_YAML = 512 * 1024;
const MAX_DEPTH = 64;
/** Values in it; one that is used twice, by an alias of YAML, counts twice. */
const MAX_VALUES = 200_000;
/** Uses of YAML's aliases, each of which may stand for others. */
const MAX_ALIASES = 100;

/** The value of a declaration's text, JSON or YAML; `undefined` when it is neither, or too large, which is told. */
export function readText(source: string, problems: Problems): unknown {
  const text = source.replace(/^\ufeff/, '');
  const isJson = /^\s*[{[]/.test(text);
  const most = isJson ? MAX_JSON : MAX_YAML;
  if (text.length > most) {
    return problems.add(
      '',
      `It has ${text.length} characters.`,
      `Write at most ${most} in ${isJson ? 'JSON' : 'YAML'}.`,
    );
  }
  const value = isJson ? readJson(text, problems) : readYaml(text, problems);
  if (value === undefined || !isBounded(value, problems)) return undefined;
  return isJson ? value : withNumbers(value);
}

function readJson(text: string, problems: Problems): unknown {
  const fault = findJsonFault(text);
  if (!fault) return parseJson(text);
  const before = text.slice(0, fault.at).split('\n');
  const place = `line ${before.length}, character ${(before.at(-1)?.length ?? 0) + 1}`;
  return problems.add('', `It is not JSON: ${fault.what} at ${place}.`, 'Correct the JSON at that place.');
}

function readYaml(text: string, problems: Problems): unknown {
  // Read only where a declaration is YAML: the program starts without.
  const yaml = createRequire(import.meta.url)('yaml') as typeof Yaml;
  try {
    const document = yaml.parseDocument(text, {
      prettyErrors: true,
      intAsBigInt: true,
      version: '1.2',
      stringKeys: true,
    });
    const [error] = document.errors;
    if (error && !error.message.includes('call stack')) {
      return problems.add('', `It is not YAML: ${firstLine(error.message)}`, 'Correct the YAML at that place.');
    }
    if (error) return tooDeep(problems);
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    if (error instanceof RangeError) return tooDeep(problems);
    // Too many aliases.
    return problems.add(
      '',
      `It cannot be read as YAML: ${firstLine((error as Error).message)}`,
      'Use fewer aliases and fewer levels.',
    );
  }
}

function tooDeep(problems: Problems): undefined {
  return problems.add('', `It is more than ${MAX_DEPTH} levels deep.`, 'Simplify the declaration.');
}

function firstLine(message: string): string {
  const [line = ''] = message.split('\n');
  return `${line.replace(/[:.]\s*$/, '')}.`;
}

/** Whole numbers as JSON would have them, of the same size. */
function withNumbers(value: unknown): unknown {
  if (typeof value === 'bigint') return parseJson(String(value));
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withNumbers);
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, withNumbers(entry)]));
}

/** Whether a value is no deeper and larger than a declaration may be; else it is told. */
export function isBounded(root: unknown, problems: Problems): boolean {
  let level: unknown[] = [root];
  let values = 0;
  for (let depth = 0; level.length > 0; depth += 1) {
    values += level.length;
    if (depth > MAX_DEPTH || values > MAX_VALUES) {
      const message =
        depth > MAX_DEPTH ? `It is more than ${MAX_DEPTH} levels deep.` : `It has more than ${MAX_VALUES} values.`;
      problems.add('', message, 'Simplify the declaration.');
      return false;
    }
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value !== 'object' || value === null || isRawNumber(value)) continue;
      for (const entry of Object.values(value)) next.push(entry);
      if (next.length > MAX_VALUES) break;
    }
    level = next;
  }
  return true;
}
