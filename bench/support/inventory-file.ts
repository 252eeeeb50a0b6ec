import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { seededRandom } from '../../examples/generate.ts';

/** The columns of the file, as a file names them, and as the table does. */
export const COLUMNS = {
  'basic.name': 'basic_name',
  'basic.type': 'basic_type',
  'basic.location': 'basic_location',
  'basic.owner': 'basic_owner',
  'basic.description': 'basic_description',
  'hardware.manufacturer': 'hardware_manufacturer',
  'hardware.model': 'hardware_model',
  'purchase.orderDate': 'purchase_order_date',
  'purchase.pricing': 'purchase_pricing',
  'identifiers.serialNumber': 'identifiers_serial_number',
} as const;

const TYPES = ['laptop', 'monitor', 'phone', 'printer', 'server', 'switch', 'tablet', 'scanner'];
const MAKERS = ['Acme', 'Berge Inc', 'Walker-Towne', '"Botsford, Boyle and Herzog"', 'Pollich LLC', 'Hayes-Rippin'];
const PLACES = ['Madrid', 'Lisbon', 'Oslo', '"Warehouse 2, Dock B"', 'Kyoto', 'São Paulo', 'Nairobi'];
const PEOPLE = ['ada', 'grace', 'katherine', 'margaret', 'radia', 'barbara', 'frances', 'jean'];

/**
 * Writes rows that psql can take as they are: all good, every key once, in order.
 *
 * @param edition rows of another edition differ from those of the first in every row
 */
export async function writeInventory(path: string, rows: number, edition = 1): Promise<void> {
  await pipeline(Readable.from(pieces(rows, edition)), createWriteStream(path));
}

function* pieces(rows: number, edition: number): Generator<string> {
  const random = seededRandom(1);
  const pick = (values: readonly string[]) => values[Math.floor(random() * values.length)] as string;
  const digits = (count: number) => Math.floor(random() * 10 ** count);
  let piece = `${Object.keys(COLUMNS).join()}\n`;
  for (let i = 0; i < rows; i += 1) {
    const date = `20${15 + Math.floor(random() * 10)}-0${1 + Math.floor(random() * 9)}-${10 + Math.floor(random() * 18)}`;
    const cells = [
      `Item ${i}`,
      pick(TYPES),
      pick(PLACES),
      `${pick(PEOPLE)}@example.com`,
      `Lot ${digits(4)} of ${edition}`,
      pick(MAKERS),
      `M-${100 + digits(2)}`,
      date,
      (random() * 4_000).toFixed(2),
      `SN${String(i).padStart(9, '0')}`,
    ];
    piece += `${cells.join()}\n`;
    if (piece.length > 64_000) {
      yield piece;
      piece = '';
    }
  }
  yield piece;
}
