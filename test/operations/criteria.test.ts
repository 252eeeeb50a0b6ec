import fc from 'fast-check';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { compileCriteria } from '../../src/operations/criteria/compile.ts';
import { parseCriteria } from '../../src/operations/criteria/parse.ts';
import type { Resource } from '../../src/resources/resource.ts';
import { createOrganization } from '../../src/service/platform/organizations.ts';
import { shippedResource } from '../../src/service/resources/catalogue.ts';
import { raw, sql } from '../../src/store/connection/sql.ts';
import { newId } from '../../src/task/ids.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

vi.setConfig({ testTimeout: 120_000 });

let database: TestDatabase;
let organizationId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  organizationId = (await createOrganization(database, { slug: 'acme' })).id;
});
afterAll(() => database.drop());

/** A record as its table's row; `id` is its index. */
type Stored = Readonly<Record<string, unknown>>;

/** A part of a criteria as a client writes it, and in plain JavaScript what it means. */
interface Part {
  readonly input: unknown;
  readonly matches: (record: Stored) => boolean;
}

/** What a field's values are: as they are stored, ways to write each, and how one compares with another. */
interface FieldOracle {
  readonly name: string;
  readonly of: (record: Stored) => string | number | null;
  readonly values: readonly (string | number)[];
  readonly spellings: (value: string | number) => readonly unknown[];
  readonly ordered: boolean;
  readonly text: boolean;
  readonly compare: (a: string | number, b: string | number) => number;
}

const MACS = ['00:1a:2b:3c:4d:5e', 'aa:bb:cc:dd:ee:ff', '02:00:00:00:00:01'];
const IPS = ['10.0.0.9', '10.0.0.10', '192.168.1.1', '9.255.0.1', '::1', '2001:db8::17'];
const TEXTS = [
  'Apple, Inc.',
  'apple',
  'HP 100%',
  'a_b',
  'ab',
  'back\\slash',
  'ñ€😀',
  'ÿ',
  '\uffee',
  'two\nlines',
  '10',
  '9',
];
const VLANS = [0, 9, 10, 100, 4094];
const MOMENTS = ['2026-01-31T09:00:00.000Z', '2026-01-31T09:00:00.500Z', '2025-12-31T00:00:00.000Z'];
const ACTIONS = ['block', 'allow'];

const bytes = (a: string | number, b: string | number) =>
  Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
const asIs = (value: string | number): readonly unknown[] => [value];

function field(name: string, values: readonly (string | number)[], extra: Partial<FieldOracle> = {}): FieldOracle {
  const of = (record: Stored) => (record[name] ?? null) as string | number | null;
  return { name, of, values, spellings: asIs, ordered: true, text: true, compare: bytes, ...extra };
}

/** An IP address as numbers that sort as addresses do: version 4 first. */
function addressParts(address: string | number): number[] {
  const text = String(address);
  if (!text.includes(':')) return [4, ...text.split('.').map(Number)];
  const [head = '', tail = ''] = text
    .split('::')
    .map((half) => half.split(':').filter(Boolean)) as unknown as string[][];
  const gap = new Array(8 - head.length - tail.length).fill('0');
  return [6, ...[...head, ...gap, ...tail].map((group) => Number.parseInt(group, 16))];
}

function compareAddresses(a: string | number, b: string | number): number {
  const [left, right] = [addressParts(a), addressParts(b)];
  const different = left.findIndex((part, index) => part !== right[index]);
  return different < 0 ? 0 : (left[different] as number) - (right[different] as number);
}

const deviceFields: readonly FieldOracle[] = [
  field('mac', MACS, {
    spellings: (mac) => [mac, String(mac).toUpperCase().replaceAll(':', '-'), String(mac).replaceAll(':', '')],
  }),
  field('ip', IPS, {
    spellings: (ip) => [ip, String(ip).toUpperCase(), ...(ip === '::1' ? ['0:0:0:0:0:0:0:1'] : [])],
    compare: compareAddresses,
  }),
  field('vendor', TEXTS, { spellings: (text) => [text, ` ${text} `] }),
  field('vlan', VLANS, {
    spellings: (vlan) => [vlan, String(vlan), `+${vlan}`],
    text: false,
    compare: (a, b) => Number(a) - Number(b),
  }),
  field('lastSeen', MOMENTS, {
    of: (record) => (record.last_seen ?? null) as string | null,
    spellings: (moment) => [moment, String(moment).replace('T', ' ').replace('Z', '+00')],
    text: false,
  }),
  field('action', ACTIONS, { spellings: (action) => [action, String(action).toUpperCase()] }),
];

/** `like` once more: a regular expression, in which only what PostgreSQL gives a meaning has one. */
function likes(value: string, pattern: string): boolean {
  const source = pattern.replace(/\\(.)|%|_|[^\\%_]/gsu, (piece, escaped?: string) => {
    if (piece === '%') return '[^]*';
    return piece === '_' ? '[^]' : (escaped ?? piece).replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
  });
  return new RegExp(`^${source}$`, 'iu').test(value);
}

const patterns = fc
  .array(
    fc.constantFrom(
      '%',
      '_',
      '\\%',
      '\\_',
      '\\\\',
      '\\a',
      'a',
      'A',
      'b',
      'ple',
      'P',
      ' ',
      '1',
      '00:1A',
      'ñ',
      '😀',
      '.',
      '\n',
    ),
    {
      maxLength: 5,
    },
  )
  .map((pieces) => pieces.join(''));

function conditions(oracle: FieldOracle): fc.Arbitrary<Part> {
  const { name, of, compare } = oracle;
  const has = (record: Stored, judge: (value: string | number) => boolean) => {
    const value = of(record);
    return value !== null && judge(value);
  };
  const written = fc
    .constantFrom(...oracle.values)
    .chain((value) => fc.constantFrom(...oracle.spellings(value)).map((spelled) => ({ value, spelled })));
  const single = (op: string, judge: (order: number) => boolean) =>
    written.map(({ value, spelled }) => ({
      input: { field: name, op, value: spelled },
      matches: (record: Stored) => has(record, (stored) => judge(compare(stored, value))),
    }));
  const ordered = [
    single('lt', (order) => order < 0),
    single('lte', (order) => order <= 0),
    single('gt', (order) => order > 0),
    single('gte', (order) => order >= 0),
  ];
  const like = patterns.map((value) => ({
    input: { field: name, op: 'like', value },
    matches: (record: Stored) => has(record, (stored) => likes(String(stored), value)),
  }));
  return fc.oneof(
    single('eq', (order) => order === 0),
    written.map(({ value, spelled }) => ({
      input: { field: name, op: 'ne', value: spelled },
      matches: (record: Stored) => !has(record, (stored) => compare(stored, value) === 0),
    })),
    fc.array(written, { minLength: 1, maxLength: 3 }).map((entries) => ({
      input: { field: name, op: 'in', value: entries.map(({ spelled }) => spelled) },
      matches: (record: Stored) => has(record, (stored) => entries.some(({ value }) => compare(stored, value) === 0)),
    })),
    fc.boolean().map((value) => ({
      input: { field: name, op: 'exists', value },
      matches: (record: Stored) => (of(record) !== null) === value,
    })),
    fc.constantFrom('eq', 'ne').map((op) => ({
      input: { field: name, op, value: null },
      matches: (record: Stored) => (of(record) === null) === (op === 'eq'),
    })),
    ...(oracle.ordered ? ordered : []),
    ...(oracle.text ? [like] : []),
  );
}

/** Entries of a list are compared one by one. */
const tags: fc.Arbitrary<Part> = fc
  .record({
    op: fc.constantFrom('eq', 'ne', 'in', 'exists'),
    entries: fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 }),
  })
  .map(({ op, entries }) => {
    const stored = (record: Stored) => record.tags as readonly string[] | null;
    const wanted: readonly string[] = op === 'in' ? entries : entries.slice(0, 1);
    const any = (record: Stored) => stored(record)?.some((entry) => wanted.includes(entry)) ?? false;
    if (op === 'exists') {
      return { input: { field: 'tags', op, value: true }, matches: (record) => stored(record) !== null };
    }
    return {
      input: { field: 'tags', op, value: op === 'in' ? wanted : wanted[0] },
      matches: (record) => any(record) === (op !== 'ne'),
    };
  });

function criteria(leaf: fc.Arbitrary<Part>): fc.Arbitrary<Part> {
  return fc.letrec<{ part: Part }>((tie) => {
    const parts = fc.array(tie('part'), { maxLength: 3 });
    return {
      part: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        leaf,
        parts.map((all) => ({
          input: { all: all.map(({ input }) => input) },
          matches: (record: Stored) => all.every(({ matches }) => matches(record)),
        })),
        parts.map((any) => ({
          input: { any: any.map(({ input }) => input) },
          matches: (record: Stored) => any.some(({ matches }) => matches(record)),
        })),
        tie('part').map(({ input, matches }) => ({
          input: { not: input },
          matches: (record: Stored) => !matches(record),
        })),
      ),
    };
  }).part;
}

async function store(resource: Resource, records: readonly Stored[]): Promise<void> {
  await database.pool.query(`truncate ${resource.table}`);
  const names = [...new Set(records.flatMap((record) => Object.keys(record)))];
  const rows = records.map((record) => ({ ...record, id: newId(), organization_id: organizationId }));
  const columns = ['id', 'organization_id', ...names].join(', ');
  await database.pool.query(
    `insert into ${resource.table} (${columns}) select ${columns} from jsonb_populate_recordset(null::${resource.table}, $1)`,
    [JSON.stringify(rows)],
  );
}

/** The keys of the records that a criteria selects, in SQL and in JavaScript. */
async function selected(resource: Resource, records: readonly Stored[], { input, matches }: Part) {
  const parsed = parseCriteria(resource, JSON.stringify(input));
  if (!('criteria' in parsed)) throw new Error(JSON.stringify(parsed.problems));
  const key = resource.key.separate ? 'object_id' : 'key';
  const { rows } = await database.pool.query<{ key: string }>(
    sql`select ${raw(`r.${key}`)} as key from ${raw(resource.table)} r
      where r.organization_id = ${organizationId} and ${compileCriteria(resource, parsed.criteria, 'r')}`,
  );
  return {
    bySql: rows.map((row) => row.key).sort(),
    byOracle: records
      .filter(matches)
      .map((record) => record[key] as string)
      .sort(),
  };
}

async function agree(name: string, recordArbitrary: fc.Arbitrary<Stored>, leaf: fc.Arbitrary<Part>): Promise<void> {
  const resource = shippedResource(name);
  const sets = fc.array(recordArbitrary, { minLength: 1, maxLength: 40, size: 'max' });
  const asked = fc.array(criteria(leaf), { minLength: 40, maxLength: 40 });
  let some = 0;
  await fc.assert(
    fc.asyncProperty(sets, asked, async (set, parts) => {
      const keyColumn = resource.key.separate ? 'object_id' : 'key';
      const records = set.map((record, index) => ({ ...record, [keyColumn]: `k${index}` }));
      await store(resource, records);
      for (const part of parts) {
        const { bySql, byOracle } = await selected(resource, records, part);
        expect(bySql, JSON.stringify(part.input)).toEqual(byOracle);
        if (byOracle.length > 0 && byOracle.length < records.length) some += 1;
      }
    }),
    { numRuns: 25 },
  );
  // Criteria that select all or nothing would show nothing.
  expect(some).toBeGreaterThan(200);
}

const nullable = <Value>(values: readonly Value[]) => fc.option(fc.constantFrom(...values), { freq: 4 });

test('SQL selects the devices that the criteria means', () =>
  agree(
    'devices',
    fc.record({
      mac: fc.constantFrom(...MACS),
      ip: nullable(IPS),
      vendor: nullable(TEXTS),
      vlan: nullable(VLANS),
      last_seen: nullable(MOMENTS),
      action: nullable(ACTIONS),
      action_stack: fc.constant([]),
    }),
    fc.oneof(...deviceFields.map(conditions)),
  ));

test('SQL selects the users that the criteria means, by the entries of their lists and their free members', () => {
  const member = (name: string) =>
    field(`metadata.${name}`, ['a', 'b', '10', '9'], {
      of: ({ metadata }) => new Map(Object.entries(metadata as object)).get(name) ?? null,
    });
  const names = ['team', 'a.b', '__proto__', `it's "$1"`];
  const metadata = fc.array(fc.tuple(fc.constantFrom(...names), fc.constantFrom('a', 'b', '10', '9')), {
    maxLength: 3,
  });
  return agree(
    'mdm-users',
    fc.record({
      email: fc.constantFrom('ada@example.com', 'Grace@Example.com'),
      tags: fc.option(fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 }), { freq: 4 }),
      metadata: metadata.map((members) => Object.fromEntries(members)),
    }),
    fc.oneof(tags, ...names.map((name) => conditions(member(name)))),
  );
});

test('SQL selects the identities that the criteria means, by what their documents say', () => {
  const inside = (name: string, of: FieldOracle['of'], values: readonly (string | number)[]) =>
    field(name, values, { of, ordered: false });
  type Document = { name?: { first?: string | null }; age?: number; tags?: string[] };
  const documentOf = (record: Stored) => record.document as Document;
  return agree(
    'identities',
    fc.record({
      pulse_id: fc.constant(null),
      document: fc.record(
        {
          name: fc.record({ first: fc.constantFrom('Ada', 'Gil', ' x ', '', null) }, { requiredKeys: [] }),
          age: fc.constantFrom(9, 10, 1.5),
          tags: fc.array(fc.constantFrom('a', 'b'), { maxLength: 2 }),
        },
        { requiredKeys: [] },
      ),
    }),
    fc.oneof(
      conditions(
        inside('document.name.first', (record) => documentOf(record).name?.first ?? null, ['Ada', 'Gil', ' x ', '']),
      ),
      conditions(inside('document.age', (record) => documentOf(record).age ?? null, [9, 10, 1.5])),
      conditions(inside('document.tags.0', (record) => documentOf(record).tags?.[0] ?? null, ['a', 'b'])),
      conditions(inside('document.age.x', () => null, ['a'])),
    ),
  );
});

test('a vendor that is not Apple may be none at all', async () => {
  const resource = shippedResource('devices') as Resource;
  const records = [
    { key: 'k1', mac: 'm1', vendor: 'Apple', action_stack: [] },
    { key: 'k2', mac: 'm2', vendor: null, action_stack: [] },
  ];
  await store(resource, records);
  const not = { not: { field: 'vendor', op: 'eq', value: 'Apple' } };
  for (const input of [{ field: 'vendor', op: 'ne', value: 'Apple' }, not]) {
    expect((await selected(resource, records, { input, matches: () => true })).bySql).toEqual(['k2']);
  }
});

test('PostgreSQL answers every criteria that is read, whatever its names, values and patterns hold', async () => {
  const resource = shippedResource('mdm-users') as Resource;
  const pieces = fc.constantFrom('\0', '\\', '%', '_', '"', "'", '{', '}', ',', 'NULL', '\ud800', '😀', ' ', '\n', 'a');
  const texts = fc.oneof(
    fc.array(pieces, { maxLength: 6 }).map((parts) => parts.join('')),
    fc.string(),
  );
  const inputs = fc.record({
    field: fc.oneof(
      fc.constantFrom('tags', 'name'),
      texts.map((text) => `metadata.${text}`),
    ),
    op: fc.constantFrom('eq', 'ne', 'lt', 'in', 'like'),
    value: texts,
  });
  let answered = 0;
  await fc.assert(
    fc.asyncProperty(inputs, async ({ field: name, op, value }) => {
      const input = { field: name, op, value: op === 'in' ? [value] : value };
      if (!('criteria' in parseCriteria(resource, JSON.stringify(input)))) return;
      answered += 1;
      await selected(resource, [], { input, matches: () => true });
    }),
    { numRuns: 500 },
  );
  expect(answered).toBeGreaterThan(100);
});

test('a criteria as large and as deep as any is answered', async () => {
  const resource = shippedResource('mdm-users') as Resource;
  let input: unknown = { all: [] };
  for (let level = 2; level < 20; level += 1) {
    const member = { field: `metadata.${'m'.repeat(50)}${level}`, op: 'like', value: '%a_'.repeat(20) };
    input = level % 2 ? { any: [input, ...new Array(24).fill(member)] } : { not: input };
  }
  const { bySql } = await selected(resource, [], { input, matches: () => true });
  expect(bySql).toEqual([]);
});
