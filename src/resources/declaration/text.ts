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
      return problems.add('', `It is not YAML: ${faultOf(error)}`, 'Correct the YAML at that place.');
    }
    if (error) return tooDeep(problems);
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    if (error instanceof RangeError) return tooDeep(problems);
    const said = quoted((error as Error).message);
    if (error instanceof ReferenceError && said.startsWith('Unresolved alias'))
      return problems.add('', `It is not YAML: ${YAML_FAULTS.BAD_ALIAS} (${said}).`, 'Define its anchor before it.');
    return problems.add('', `It cannot be read as YAML: ${said}.`, `Use at most ${MAX_ALIASES} aliases.`);
  }
}

function tooDeep(problems: Problems): undefined {
  return problems.add('', `It is more than ${MAX_DEPTH} levels deep.`, 'Simplify the declaration.');
}

/** What is wrong, where, and what the library says of it. */
function faultOf({ code, message, linePos }: Yaml.YAMLError): string {
  const [start] = linePos ?? [];
  const place = start ? ` at line ${start.line}, character ${start.col}` : '';
  return `${YAML_FAULTS[code] ?? 'there is a mistake'}${place} (${quoted(message)}).`;
}

const YAML_FAULTS: { readonly [Code in Yaml.ErrorCode]?: string } = {
  BAD_ALIAS: 'an alias stands for nothing',
  BAD_DQ_ESCAPE: 'a backslash within double quotes is followed by something that it cannot escape',
  BAD_INDENT: 'the indentation is wrong, or a bracket is not closed,',
  BAD_SCALAR_START: 'a value begins with a character that needs quotes',
  BLOCK_AS_IMPLICIT_KEY:
    'a name and its value are in a place where there can be none, perhaps for want of quotes or of indentation',
  BLOCK_IN_FLOW: 'a block is within brackets or braces',
  DUPLICATE_KEY: 'a name comes twice in the same object',
  MISSING_CHAR: 'something is missing, such as a colon, a comma, a bracket or a quote',
  MULTILINE_IMPLICIT_KEY: 'a name goes over several lines, perhaps for want of a colon',
  MULTIPLE_DOCS: 'a second document begins',
  TAB_AS_INDENT: 'the line is indented with a tab instead of spaces',
  UNEXPECTED_TOKEN: 'something is in a place where it cannot be',
};

/** The first line of the library's message, without its place. */
function quoted(message: string): string {
  const [line = ''] = message.split('\n');
  return line.replace(/ at line \d+, column \d+:?\s*$/, '').replace(/[:.;]\s*$/, '');
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
