import { createRequire } from 'node:module';
import type * as AjvModule from 'ajv';
import type * as Re2 from 're2js';

/** Whether a JSON text is as a schema says. */
export type JsonTextCheck = (canonical: string) => boolean;

/**
 * Compiles a JSON Schema: draft 2020-12 or 2019-09 where its `$schema` says so, else draft 7. Its patterns are matched by RE2, and
 * `uniqueItems` compares in one pass, so that no value takes longer than it is long.
 *
 * @returns what is wrong with the schema, as a text
 */
export function compileJsonSchema(schema: Readonly<Record<string, unknown>> | boolean): JsonTextCheck | string {
  // Read only where a declaration has one: 60 ms.
  const require = createRequire(import.meta.url);
  const draft = typeof schema === 'object' && typeof schema.$schema === 'string' ? schema.$schema : '';
  const path = draft.includes('2020-12') ? 'ajv/dist/2020.js' : draft.includes('2019-09') ? 'ajv/dist/2019.js' : 'ajv';
  const { Ajv: Class } = require(path) as { Ajv: typeof AjvModule.Ajv };
  const { RE2JS } = require('re2js') as typeof Re2;
  const regExp = Object.assign(
    (pattern: string) => {
      const compiled = RE2JS.compile(pattern);
      return { test: (text: string) => compiled.matcher(text).find() };
    },
    { code: 'undefined' },
  );
  try {
    const ajv = new Class({
      strict: false,
      validateFormats: false,
      validateSchema: 'log',
      logger: false,
      code: { regExp },
    });
    ajv.removeKeyword('uniqueItems');
    ajv.addKeyword({
      keyword: 'uniqueItems',
      type: 'array',
      schemaType: 'boolean',
      validate: (wanted: boolean, items: unknown[]) =>
        !wanted || new Set(items.map((item) => JSON.stringify(item))).size === items.length,
    });
    // A draft that is older, or that nobody knows.
    const { $schema: _, ...plain } = typeof schema === 'object' ? schema : { $schema: undefined, not: {} };
    const validate = ajv.compile(plain);
    return (canonical) => validate(JSON.parse(canonical)) === true;
  } catch (error) {
    return (error as Error).message.replace(/\.$/, '');
  }
}
