import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generate } from '../../../examples/generate.ts';
import { type Console, importFile, submit } from '../console.ts';

/** Tasks and records as an organization has them on some morning. */
export interface Scene {
  /** Of a task with errors of several causes, two of which were corrected. */
  readonly corrected: string;
  /** Of a task that goes on for a minute. */
  readonly running: string;
  /** Of the check of a file. */
  readonly checked: string;
}

const EXAMPLE = join(import.meta.dirname, '../../../examples/inventory-items.csv');
const VENDORS = ['Apple, Inc.', 'HP Inc.', 'Cisco Systems, Inc', 'Axis Communications AB'];
const SITES = ['Madrid', 'Lisbon', 'Oslo'];
const RUNNING_ROWS = 1_500_000;

export async function setScene({ program }: Console): Promise<Scene> {
  await importFile(program, 'staff.csv', staff(), { action: 'import-mdm-users' });
  await importFile(program, 'scan-building-2.csv', devices(), { action: 'import-devices' });
  const corrected = await importFile(program, 'inventory-items.csv', await readFile(EXAMPLE, 'utf8'));
  const checked = await importFile(program, 'stock-take.csv', rows(20_000, 2), { dryRun: 'true' });
  await importFile(program, 'stock-take.csv', rows(20_000, 2));
  await importFile(program, 'stock-take.csv', rows(20_000, 3), { override: 'true' });
  await importFile(program, 'a-letter.csv', 'Dear all,\n');
  return { corrected, checked, running: await submit(program, 'all-warehouses.csv', rows(RUNNING_ROWS, 5)) };
}

function rows(count: number, seed: number): string {
  return [...generate(count, seed)].join('');
}

function staff(): string {
  const names = ['Ada Byron', 'Grace Hopper', 'Katherine Johnson', 'Radia Perlman', 'Barbara Liskov', 'Frances Allen'];
  const lines = Array.from({ length: 60 }, (_, i) => {
    const name = names[i % names.length] ?? '';
    return `${name.toLowerCase().replace(' ', '.')}.${i}@example.com,${name},${i % 3 === 0 ? 'field|loan' : 'office'},Research ${i % 4}`;
  });
  return ['email,name,tags,metadata.department', ...lines, ''].join('\n');
}

function devices(): string {
  const lines = Array.from({ length: 240 }, (_, i) => {
    const number = i.toString(16).padStart(4, '0');
    const mac = `00:1a:2b:3c:${number.slice(0, 2)}:${number.slice(2)}`;
    return `${mac},10.20.${i % 8}.${i % 250},host-${i},"${VENDORS[i % 4]}",${10 * (1 + (i % 5))},${SITES[i % 3]}`;
  });
  return ['mac,ip,hostname,vendor,vlan,site', ...lines, ''].join('\n');
}
