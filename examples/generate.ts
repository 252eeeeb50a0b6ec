/**
 * Writes a large CSV file of inventory items, the same for the same seed: `npm run generate -- --rows N [--seed S] [--out FILE]`.
 * One line in a hundred is bad, one in twenty repeats a key, one in fifty has a quoted line break. Streams: memory does not
 * grow with the rows.
 */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';

export const HEADER =
  'basic.name,basic.type,basic.location,basic.owner,basic.description,hardware.manufacturer,hardware.model,purchase.orderDate,purchase.pricing,identifiers.serialNumber';

const TYPES = ['laptop', 'monitor', 'phone', 'printer', 'server', 'switch', 'tablet', 'scanner'];
const MAKERS = ['Acme', 'Berge Inc', 'Walker-Towne', '"Botsford, Boyle and Herzog"', 'Pollich LLC', 'Hayes-Rippin'];
const PLACES = ['Madrid', 'Lisbon', 'Oslo', '"Warehouse 2, Dock B"', 'Kyoto', 'São Paulo', 'Nairobi'];
const PEOPLE = ['ada', 'grace', 'katherine', 'margaret', 'radia', 'barbara', 'frances', 'jean'];
const BAD = [
  (cells: string[]) => cells.with(0, ''),
  (cells: string[]) => cells.with(7, '31/31/2024'),
  (cells: string[]) => cells.with(8, 'a lot'),
  (cells: string[]) => cells.with(9, ''),
  (cells: string[]) => cells.slice(0, 9),
];

/** The generator "mulberry32": 32 bits of state, the same numbers everywhere. Gives numbers from 0 to 1. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The file in pieces of some thousand rows. */
export function* generate(rows: number, seed = 1): Generator<string> {
  const random = seededRandom(seed);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  yield `${HEADER}\n`;
  let piece = '';
  for (let i = 0; i < rows; i += 1) {
    const serial = i > 0 && random() < 0.05 ? Math.floor(random() * i) : i;
    const maker = pick(MAKERS);
    const date = `20${15 + Math.floor(random() * 10)}-0${1 + Math.floor(random() * 9)}-${10 + Math.floor(random() * 18)}`;
    const note =
      random() < 0.02 ? '"Refurbished.\nChecked twice, ""as new""."' : `Lot ${Math.floor(random() * 10_000)}`;
    const cells = [
      `Item ${i}`,
      pick(TYPES),
      pick(PLACES),
      `${pick(PEOPLE)}@example.com`,
      note,
      maker,
      `M-${Math.floor(random() * 900) + 100}`,
      date,
      (random() * 4_000).toFixed(2),
      `SN${String(serial).padStart(9, '0')}`,
    ];
    piece += `${(random() < 0.01 ? pick(BAD)(cells) : cells).join(',')}\n`;
    if (piece.length > 64_000) {
      yield piece;
      piece = '';
    }
  }
  yield piece;
}

const USAGE =
  'Usage: npm run generate -- --rows N [--seed S] [--out FILE]; without --out it writes to stdout (npm run -s).';

/** What the command line asks for. Ends the process where it makes no sense. */
function readOptions() {
  const options = {
    rows: { type: 'string', default: '' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string' },
    help: { type: 'boolean', default: false },
  } as const;
  try {
    const { values } = parseArgs({ options });
    if (values.help) {
      console.log(USAGE);
      process.exit(0);
    }
    if (/^\d+$/.test(values.rows) && /^\d+$/.test(values.seed)) return values;
  } catch (error) {
    console.error((error as Error).message);
  }
  console.error(USAGE);
  process.exit(2);
}

if (import.meta.main) {
  const values = readOptions();
  await pipeline(
    Readable.from(generate(Number(values.rows), Number(values.seed))),
    values.out ? createWriteStream(values.out) : process.stdout,
  );
}
