/**
 * `npm run bench:checks [-- --rows N --runs N]`: how many rows of a file are checked in a second of processor time, without a database.
 * The floor is a resource whose types are made by hand, as the constants that `src/resources/types` has.
 */
import { parseArgs } from 'node:util';
import { seededRandom } from '../examples/generate.ts';
import { bindColumns } from '../src/operations/import/bind-columns.ts';
import { compileCheck, isLineError } from '../src/operations/import/check.ts';
import { compileResource } from '../src/resources/compile.ts';
import { parseDeclaration } from '../src/resources/declaration/parse.ts';
import type { Resource } from '../src/resources/resource.ts';
import { decimal, integer } from '../src/resources/types/numbers.ts';
import { email, text } from '../src/resources/types/texts.ts';
import { date } from '../src/resources/types/time/moments.ts';
import { median, type Result, report } from './support/report.ts';

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '1000000' }, runs: { type: 'string', default: '5' } },
});
const [rows, runs] = [Number(values.rows), Number(values.runs)];

const HEADER = ['name', 'kind', 'place', 'owner', 'note', 'price', 'bought', 'seats', 'serial'];
const BY_HAND: Resource = {
  ...declared(false),
  columns: HEADER.map((name) => {
    const type = { owner: email, price: decimal, bought: date, seats: integer(0) }[name] ?? text(256);
    return { name, sql: name, type, ...(name === 'serial' && { required: true }) };
  }),
};

/** The same, declared; `strict` with a constraint for each of its texts. */
function declared(strict: boolean): Resource {
  const texts = {
    kind: { enum: ['laptop', 'monitor', 'phone'] },
    serial: { pattern: '^SN-\\d{7}$' },
    name: { minLength: 3 },
  };
  const fields = HEADER.map((name) => {
    const typed = {
      owner: { type: 'string', format: 'email' },
      price: { type: 'number', openbulk: { precision: 21, scale: 6 }, ...(strict && { constraints: { minimum: 0 } }) },
      bought: { type: 'date', ...(strict && { constraints: { minimum: '2000-01-01' } }) },
      seats: { type: 'integer', constraints: { minimum: 0, maximum: 2_147_483_647 } },
    }[name];
    const more = strict ? (texts as Record<string, object>)[name] : {};
    return { name, ...(typed ?? { type: 'string', constraints: { maxLength: 256, ...more } }) };
  });
  const parsed = parseDeclaration({ fields, primaryKey: 'serial', openbulk: { name: 'things' } });
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return compileResource(parsed.declaration);
}

const random = seededRandom(1);
const digits = (count: number) => String(Math.floor(random() * 10 ** count)).padStart(count, '0');
const sample = Array.from({ length: 10_000 }, (_, index) => [
  ...[
    'Thing of some kind',
    ['laptop', 'monitor', 'phone'][index % 3] as string,
    'Madrid',
    `ada.${digits(3)}@example.com`,
  ],
  ...[
    'some words about it',
    `${digits(3)}.5`,
    `20${digits(1)}5-0${(index % 9) + 1}-1${index % 10}`,
    digits(2),
    `SN-${digits(7)}`,
  ],
]);

/** Rows in a second of processor time. */
function speedOf(resource: Resource): number {
  const config = { override: true };
  const check = compileCheck(resource, config, bindColumns(resource, config, HEADER));
  const before = process.cpuUsage();
  for (let line = 0; line < rows; line += 1) {
    const result = check.run({ line, cells: sample[line % sample.length] as string[] });
    if (isLineError(result)) throw new Error(result.reason);
  }
  return rows / (process.cpuUsage(before).user / 1_000_000);
}

const resources = { hand: BY_HAND, declared: declared(false), strict: declared(true) };
const speeds = { hand: [] as number[], declared: [] as number[], strict: [] as number[] };
for (let run = 0; run <= runs; run += 1) {
  for (const name of ['hand', 'declared', 'strict'] as const) {
    const speed = speedOf(resources[name]);
    // The first run is compiled on its way.
    if (run > 0) speeds[name].push(speed);
  }
}
const shown = (speed: number) => `${(speed / 1_000_000).toFixed(2)} M rows/s`;
const floor = median(speeds.hand);
const result = (what: string, speed: number, goal: string): Result => ({
  ...{ what, ours: shown(speed), floor: shown(floor), ratio: speed / floor, goal },
});
report(
  'checks',
  { rows, runs },
  [
    result('rows checked by a declaration', median(speeds.declared), '≥ 0.95'),
    result('with patterns, lists of values and bounds', median(speeds.strict), '–'),
  ],
  speeds,
);
