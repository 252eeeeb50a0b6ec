import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEVICE_ACTIONS } from '../../operations/act/in-force.ts';
import { compileResource } from '../compile.ts';
import { type Declaration, FIELD_TYPES } from './declaration.ts';
import { parseDeclaration } from './parse.ts';
import { printDeclaration } from './print.ts';

function accepted(source: unknown, file = 'things.json'): Declaration {
  const parsed = parseDeclaration(source, file);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems, null, 2));
  return parsed.declaration;
}

/** `pointer: message advice` of each problem. */
function refused(source: unknown, file: string | undefined = 'things.json'): string[] {
  const parsed = parseDeclaration(source, file);
  return 'problems' in parsed
    ? parsed.problems.map(({ pointer, message, advice }) => `${pointer}: ${message} ${advice}`)
    : [];
}

const FIELDS = [{ name: 'a', type: 'string' }];

test('a bare Table Schema with a primary key is enough', () => {
  const resource = compileResource(
    accepted({ fields: [{ name: 'code' }, { name: 'bornOn', type: 'date' }], primaryKey: 'code' }),
  );
  expect(resource).toMatchObject({
    name: 'things',
    table: 'things',
    operations: ['import', 'act', 'export'],
    readBy: 'resource.things.list',
    key: { columns: ['code'] },
    columns: [
      { name: 'code', sql: 'code', required: true, type: { sql: 'text', maxLength: 256 } },
      { name: 'bornOn', sql: 'born_on', type: { sql: 'date' } },
    ],
  });
});

test('without a key, it says what to add', () => {
  expect(refused({ fields: [{ name: 'n' }, { name: 'code', constraints: { required: true } }] })).toEqual([
    '/primaryKey: The declaration has no primary key. Add "primaryKey": "code", or the names of the fields that together identify a record.',
  ]);
});

test('what the first version of the standard has otherwise is read as the second has it', () => {
  const declaration = accepted({
    fields: [
      { name: 'a', type: 'string', format: 'default' },
      { name: 'on', type: 'date', format: 'fmt:%d.%m.%Y' },
      { name: 'b', title: null },
    ],
    primaryKey: 'a',
    missingValues: ['', '-'],
    foreignKeys: [{ fields: 'b', reference: { resource: '', fields: 'a' } }],
  });
  expect(declaration).toMatchObject({
    fields: [{ name: 'a' }, { name: 'on', format: '%d.%m.%Y' }, { name: 'b', type: 'any' }],
    primaryKey: ['a'],
    fieldsMatch: 'subset',
    missingValues: [{ value: '' }, { value: '-' }],
    foreignKeys: [{ fields: ['b'], reference: { fields: ['a'] } }],
  });
  expect(declaration.fields[0]).not.toHaveProperty('format');
});

test('members that the standard does not know are kept; ours that we do not know are refused, with what was meant', () => {
  const custom = JSON.parse('{"countryCode": "FR", "custom_checks": [{"name": "x"}], "__proto__": {"a": 1}}');
  const schema = { ...FIELDS[0], custom: 1 };
  const source = JSON.stringify({ fields: [schema], primaryKey: 'a' }).replace(
    /}$/,
    `,${JSON.stringify(custom).slice(1)}`,
  );
  const declaration = accepted(source);
  expect(JSON.stringify(declaration.custom)).toBe(JSON.stringify(custom));
  expect(declaration.fields[0]?.custom).toEqual({ custom: 1 });
  expect(accepted(printDeclaration(declaration))).toEqual(declaration);
  const wrong = {
    fields: [{ name: 'a', openbulk: { alias: ['b'] }, constraints: { minimun: 1 } }],
    primaryKey: 'a',
    openbulk: { Tabel: 'x', key: { normalize: [] } },
  };
  expect(refused(wrong)).toEqual([
    '/fields/0/constraints/minimun: Unknown member "minimun". Did you mean minimum?',
    '/fields/0/openbulk/alias: Unknown member "alias". Did you mean aliases?',
    '/openbulk/key/normalize: Unknown member "normalize". Did you mean normalise?',
    '/openbulk/Tabel: Unknown member "Tabel". Did you mean table?',
  ]);
});

test('YAML is read as JSON is', () => {
  const yaml = `
# Things.
fields:
  - name: a
    constraints: { pattern: '\\d+', required: true }
  - { name: n, type: integer, constraints: { maximum: 12345678901234567890 } }
primaryKey: a
openbulk: { name: some-things, labels: { en: Things, pt-BR: Coisas } }
`;
  const declaration = accepted(yaml);
  expect(declaration).toMatchObject({ name: 'some-things', openbulk: { labels: { 'pt-BR': 'Coisas' } } });
  expect(accepted(printDeclaration(declaration))).toEqual(declaration);
  expect(printDeclaration(declaration)).toContain('"maximum": 12345678901234567890');
});

const BOMB = [
  'a: &a [x,x,x,x,x,x,x,x,x]',
  ...'bcdefghi'.split('').map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[i]}`)}]`),
].join('\n');
const many = (count: number) => Array.from({ length: count }, (_, index) => ({ name: `c${index}` }));

test.each<[string, unknown, string]>([
  ['nothing', '', ': The declaration must be an object.'],
  ['no object', '[1]', ': The declaration must be an object.'],
  ['no JSON', '{"fields": [,]}', 'It is not JSON: a value is expected at line 1, character 13.'],
  ['no YAML', 'a: [1', 'It is not YAML: '],
  [
    'a key twice in YAML',
    'a: 1\na: 2',
    'It is not YAML: a name comes twice in the same object at line 2, character 1 (Map keys must be unique).',
  ],
  ['an alias of nothing', 'a: *b', 'It is not YAML: an alias stands for nothing (Unresolved alias'],
  ['a bomb of YAML', BOMB, 'It cannot be read as YAML'],
  ['an alias of itself', '&a [*a]', ': It is more than 64 levels deep.'],
  ['a deep object', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`, ': It is more than 64 levels deep.'],
  ['deep YAML', '- '.repeat(3_000), ': It is more than 64 levels deep.'],
  ['a huge text', `{"a": "${'x'.repeat(5_000_000)}"}`, 'Write at most 4194304 in JSON.'],
  ['very many values', { fields: FIELDS, x: Array(300_000).fill(1) }, 'It has more than 200000 values.'],
  [
    '2,000 columns',
    { fields: many(2_000), primaryKey: 'c1' },
    '/fields: It has 2000 fields; the limit is 1500, since a PostgreSQL table has at most 1,600 columns.',
  ],
  [
    'a Data Resource',
    { schema: { fields: FIELDS } },
    '/fields: It has no fields. This is a Data Resource: submit only its member "schema".',
  ],
  ['fields of no list', { fields: {} }, '/fields: fields is an object. Write a list, in brackets.'],
  [
    'a field that is none',
    { fields: [...FIELDS, 1], primaryKey: 'a' },
    '/fields/1: It is 1. Write an object, in braces.',
  ],
  ['a field without a name', { fields: [...FIELDS, {}], primaryKey: 'a' }, '/fields/1/name: The field has no name.'],
  [
    'the same name',
    { fields: [...FIELDS, ...FIELDS], primaryKey: 'a' },
    '/fields/1/name: Another field is also named "a". Rename one',
  ],
  [
    'the same name in another case',
    { fields: [...FIELDS, { name: 'A' }], primaryKey: 'a' },
    '/fields/1/name: Another field is also named "A" apart from case',
  ],
  [
    'the same name in another form',
    { fields: [{ name: 'é' }, { name: 'e\u0301' }], primaryKey: 'é' },
    '/fields/1/name: Another field is also named',
  ],
  [
    'the same name with a character that nobody sees',
    { fields: [{ name: 'a' }, { name: 'a\u200b' }], primaryKey: 'a' },
    '/fields/1/name: Another field is also named',
  ],
  [
    'a name that nobody sees',
    { fields: [...FIELDS, { name: '\u200b' }], primaryKey: 'a' },
    '/fields/1/name: The name has no visible characters.',
  ],
  [
    '__proto__',
    '{"fields": [{"name": "__proto__.x"}], "primaryKey": "__proto__.x"}',
    '/fields/0/name: "__proto__.x" is a reserved name.',
  ],
  [
    'a value that is an object too',
    { fields: [{ name: 'a' }, { name: 'a.b' }], primaryKey: 'a' },
    '/fields/0/name: "a" would be both a value and an object',
  ],
  ['NUL', { fields: [{ name: 'a\0' }] }, '/fields/0/name: It contains a NUL character'],
  [
    'a type that is none',
    { fields: [{ name: 'a', type: 'strnig' }], primaryKey: 'a' },
    '/fields/0/type: It is "strnig", which is not one of the values. Did you mean string?',
  ],
  [
    'a pattern that is none',
    { fields: [{ name: 'a', type: 'string', constraints: { pattern: '(a' } }], primaryKey: 'a' },
    '/fields/0/constraints/pattern: The pattern cannot be used: it opens a parenthesis',
  ],
  [
    'a key of no field',
    { fields: FIELDS, primaryKey: ['A'] },
    '/primaryKey/0: No field is named "A". Did you mean "a"?',
  ],
  [
    'two keys',
    { fields: FIELDS, primaryKey: 'a', openbulk: { key: { firstOf: ['a'] } } },
    'primaryKey and openbulk.key.firstOf both declare the key.',
  ],
  [
    'a key of objects',
    { fields: [{ name: 'a', type: 'object' }], primaryKey: 'a' },
    '/fields/0/type: A key cannot be of type object.',
  ],
  [
    'a column twice',
    {
      fields: [
        { name: 'a', openbulk: { column: 'x' } },
        { name: 'b', openbulk: { column: 'x' } },
      ],
      primaryKey: 'a',
    },
    '/fields/1/openbulk/column: "a" also has the column "x".',
  ],
  [
    'a column of ours',
    { fields: [{ name: 'a', openbulk: { column: 'organization_id' } }], primaryKey: 'a' },
    '/fields/0/openbulk/column: Every table that is made for a resource already has a column "organization_id".',
  ],
  [
    'a column of PostgreSQL',
    { fields: [{ name: 'a', openbulk: { column: 'xmin' } }], primaryKey: 'a', openbulk: { table: 't' } },
    '/fields/0/openbulk/column: Every PostgreSQL table has a system column "xmin".',
  ],
  [
    'a foreign key of other length',
    { fields: FIELDS, primaryKey: 'a', foreignKeys: [{ fields: 'a', reference: { fields: ['a', 'a'] } }] },
    '/foreignKeys/0/reference/fields: It has 2 fields, but the foreign key has 1.',
  ],
  [
    'patches without a document',
    { fields: FIELDS, primaryKey: 'a', openbulk: { operations: ['patch'] } },
    '/openbulk/operations/0: The operation patch needs a document',
  ],
  [
    'a permission of another kind',
    { fields: FIELDS, primaryKey: 'a', openbulk: { permissions: { readBy: 'all' } } },
    '/openbulk/permissions/readBy: "all" is not a valid permission.',
  ],
  [
    'a name that is none',
    { fields: FIELDS, primaryKey: 'a', openbulk: { name: 'Some Things' } },
    '/openbulk/name: "Some Things" is not a valid resource name. Use lowercase letters, digits and hyphens, at most 50 characters, such as some-things.',
  ],
])('of %s it is said what is wrong', (_what, source, message) => {
  expect(refused(source).join('\n')).toContain(message);
});

const HELD = {
  fields: [{ name: 'a' }, { name: 'b.x' }, { name: 'b.y' }, { name: 'c' }],
  primaryKey: 'a',
  openbulk: { table: 't' },
};
const held = (openbulk: object, more: object = {}, fields = ['b.x', 'b.y']) => ({
  ...HELD,
  foreignKeys: [{ fields, reference: { resource: 'bs', fields: fields.map((_, at) => `k${at}`) }, openbulk }],
  ...more,
});

test('a foreign key says how a table holds it, and prints as it was read', () => {
  const declaration = accepted(
    held({ column: 'b_id', holds: 'id', missing: 'create', create: { name: 'unknown', rank: 1 } }),
  );
  expect(declaration.foreignKeys[0]?.openbulk).toEqual({
    column: 'b_id',
    holds: 'id',
    missing: 'create',
    create: { name: 'unknown', rank: 1 },
  });
  expect(accepted(printDeclaration(declaration))).toEqual(declaration);
  const { columns, adopted } = compileResource(declaration, { schema: 'public', table: 't' }, { adopts: true });
  expect(columns.map(({ sql }) => sql)).toEqual(['a', 'b_x', 'b_y', 'c']);
  expect(adopted?.references).toMatchObject([{ fields: ['b.x', 'b.y'], column: 'b_id', create: { rank: '1' } }]);
});

test.for([
  [
    'of what it holds, where only the column is given',
    held({ column: 'b_id' }),
    '/foreignKeys/0/openbulk: It has column, and no holds. Write both',
  ],
  [
    'of a slip',
    held({ column: 'b_id', hold: 'id' }),
    '/foreignKeys/0/openbulk/hold: Unknown member "hold". Did you mean holds?',
  ],
  [
    'of another word for what is missing',
    held({ column: 'b_id', holds: 'id', missing: 'Null' }),
    '/foreignKeys/0/openbulk/missing: It is "Null", which is not one of the values. Did you mean null?',
  ],
  [
    'of values that create nothing',
    held({ column: 'b_id', holds: 'id', create: { name: 'x' } }),
    '/foreignKeys/0/openbulk/create: Nothing is created. Write "missing": "create", or remove create.',
  ],
  [
    'of a value that no cell has',
    held({ column: 'b_id', holds: 'id', missing: 'create', create: { name: ['x'] } }),
    '/foreignKeys/0/openbulk/create/name: It is a list.',
  ],
  [
    'of a table of ours',
    held({ column: 'b_id', holds: 'id' }, { openbulk: {} }),
    '/foreignKeys/0/openbulk/column: The options column and holds are for a table that exists already.',
  ],
  [
    'of a table of ours, which refuses what is missing',
    held({ missing: 'null' }, { openbulk: {} }),
    '/foreignKeys/0/openbulk/missing: The table that is made for this resource refuses such lines.',
  ],
  [
    'of an existing table whose columns are the fields',
    held({ missing: 'null' }),
    '/foreignKeys/0/openbulk/missing: The fields are columns of the table',
  ],
  [
    'of half a reference in a key',
    held({ column: 'b_id', holds: 'id' }, { primaryKey: ['b.x', 'c'] }),
    '/primaryKey: It has only some of the fields of a reference: "b.x", "b.y".',
  ],
  [
    'of a key that could be left out',
    held({ column: 'b_id', holds: 'id', missing: 'null' }, { primaryKey: ['b.x', 'b.y'] }),
    '/foreignKeys/0/openbulk/missing: The reference is part of the key',
  ],
  [
    'of two fields with one column',
    held({ column: 'c', holds: 'id' }),
    '/foreignKeys/0/openbulk/column: The field "c" has the column "c" as well.',
  ],
  [
    'of a field that has a column',
    held({ column: 'b_id', holds: 'id' }, { fields: [{ name: 'a' }, { name: 'b.x', openbulk: { column: 'bx' } }] }, [
      'b.x',
    ]),
    '/fields/1/openbulk/column: "b.x" is no column of the table',
  ],
  [
    'of a field with two references',
    {
      ...HELD,
      foreignKeys: ['b_id', 'other_id'].map((column) => ({
        fields: 'b.x',
        reference: { resource: 'bs', fields: 'k' },
        openbulk: { column, holds: 'id' },
      })),
    },
    '/foreignKeys/1/fields/0: Another foreign key has the field "b.x": /foreignKeys/0.',
  ],
] as const)('%s, a foreign key is refused', ([, source, message]) => {
  expect(refused(source).join('\n')).toContain(message);
});

test('columns of strange names are those of the table, quoted, and no two are the same', () => {
  const names = [
    '"; drop table tasks; --',
    'select',
    'organization_id',
    'Été',
    'ete',
    '1st',
    '日本',
    '中国',
    'x'.repeat(200),
    'id',
    "o'clock",
    'constructor',
    'a.',
    '..',
  ];
  const { columns } = compileResource(accepted({ fields: names.map((name) => ({ name })), primaryKey: 'select' }));
  const sql = columns.map((column) => column.sql);
  expect(sql).toEqual([
    ...[
      'drop_table_tasks',
      '"select"',
      'organization_id_',
      'ete',
      'ete_2',
      'c_1st',
      'c',
      'c_2',
      'x'.repeat(59),
      'id_',
      'o_clock',
    ],
    ...['constructor', 'a', 'c_3'],
  ]);
  const quoted = compileResource(
    accepted({
      fields: [{ name: 'a', openbulk: { column: 'A"; --' } }],
      primaryKey: 'a',
      openbulk: { schema: 'S', table: 'user' },
    }),
  );
  expect([quoted.table, quoted.columns[0]?.sql]).toEqual(['"S"."user"', '"A""; --"']);
});

test('foreign keys may go in circles', () => {
  const foreignKeys = [
    { fields: ['a'], reference: { fields: ['a'] } },
    { fields: ['a'], reference: { resource: 'others', fields: ['b'] } },
  ];
  expect(accepted({ fields: FIELDS, primaryKey: 'a', foreignKeys }).foreignKeys).toEqual(foreignKeys);
});

test('whatever it is given, it is a declaration or problems, and it says so in time', () => {
  const word = fc.constantFrom(
    'fields',
    'name',
    'type',
    'constraints',
    'openbulk',
    'primaryKey',
    'enum',
    'pattern',
    'format',
    'a',
    'key',
    'open',
    ...FIELD_TYPES,
  );
  const value = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5, depthSize: 'medium' },
      fc.oneof(word, fc.constantFrom(null, true, 1, -1.5, '', '(', '%d')),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.oneof(word, fc.constant('__proto__')), tie('value'), { maxKeys: 6 }),
    ),
  })).value;
  fc.assert(
    fc.property(value, value, (fields, openbulk) => {
      const whole = { fields: [fields, { name: 'a', type: 'string' }], primaryKey: 'a', openbulk };
      for (const source of [fields, whole, JSON.stringify(whole)]) {
        const parsed = parseDeclaration(source, 'x.json');
        if ('declaration' in parsed) compileResource(parsed.declaration);
        else expect(parsed.problems.length).toBeGreaterThan(0);
      }
    }),
    { numRuns: 150 },
  );
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseDeclaration(text)));
});

test('what is printed reads as itself', () => {
  // As JSON has it, which knows no -0.
  const json = fc
    .jsonValue({ maxDepth: 2 })
    .filter((value) => value !== null)
    .map((value) => JSON.parse(JSON.stringify(value)) as unknown);
  const labelled = fc.dictionary(
    fc.constantFrom('en', 'es', 'pt-BR'),
    fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => !text.includes('\0')),
  );
  const field = fc.record(
    {
      type: fc.constantFrom(...FIELD_TYPES),
      title: fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')),
      description: fc.constant('About it.'),
      example: json,
      missingValues: fc.uniqueArray(fc.constantFrom('', '-', 'N/A')),
      constraints: fc.record({ required: fc.boolean(), unique: fc.boolean() }, { requiredKeys: [] }),
      openbulk: fc.record(
        { labels: labelled, aliases: fc.array(fc.constantFrom('x', 'y')), readOnly: fc.constant(true) },
        { requiredKeys: [] },
      ),
      'x-custom': json,
    },
    { requiredKeys: [] },
  );
  const schema = fc.record(
    {
      title: fc.constant('Things'),
      fieldsMatch: fc.constantFrom('exact', 'subset', 'partial'),
      missingValues: fc.constant([{ value: '', label: 'none' }, { value: '?' }]),
      uniqueKeys: fc.constant([['f0']]),
      'x-custom': json,
      openbulk: fc.record(
        { labels: labelled, undo: fc.record({ days: fc.nat(100) }), connection: fc.constant('crm') },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(schema, fc.array(field, { maxLength: 5 }), (rest, fields) => {
      const named = [
        { name: 'f0', type: 'string' },
        ...fields.map((one, index) => ({ ...one, name: `f${index + 1}` })),
      ];
      const declaration = accepted({ ...rest, fields: named, primaryKey: 'f0' });
      expect(accepted(printDeclaration(declaration), 'another.json')).toEqual(declaration);
    }),
  );
});

const SHIPPED = readdirSync(new URL('../shipped/', import.meta.url));

test.each(SHIPPED)('%s, which comes with the program, reads as itself when it is printed', (file) => {
  const declaration = accepted(readFileSync(new URL(`../shipped/${file}`, import.meta.url), 'utf8'), file);
  expect(accepted(printDeclaration(declaration))).toEqual(declaration);
});

test('devices can be in what actions put in force', () => {
  const declaration = accepted(readFileSync(new URL('../shipped/devices.json', import.meta.url), 'utf8'));
  expect(declaration.fields.find(({ name }) => name === 'action')?.constraints.enum).toEqual(DEVICE_ACTIONS);
});
