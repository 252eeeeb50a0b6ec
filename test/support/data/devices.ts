import { createRequire } from 'node:module';
import { type ActOrder, submitAction } from '../../../src/service/submit/submit-action.ts';
import type { Pool } from '../../../src/store/connection/pool.ts';
import { newId } from '../../../src/task/ids.ts';
import type { Task } from '../../../src/task/task.ts';
import { anyone, type Bench, somebody } from '../engine.ts';

/** The IEEE's register: prefix of MAC addresses → name and address of who has it. Read, not imported: tsc would type 5 MB. */
export const register = createRequire(import.meta.url)('oui-data') as Readonly<Record<string, string>>;

/** Every registered address block as a device: MAC address → vendor. */
export function registeredDevices(): Map<string, string> {
  return new Map(
    Object.entries(register).map(([prefix, address]) => {
      // Blocks have 24, 28 or 36 bits; padded with zeros some would be one address, so their length fills the last digit.
      const digits = `${prefix.toLowerCase().padEnd(11, '0')}${prefix.length}`;
      return [digits.replace(/..(?=.)/g, '$&:'), address.split('\n')[0] as string];
    }),
  );
}

/** Devices as CSV. */
export function devicesCsv(devices: ReadonlyMap<string, string>): string {
  const lines = [...devices].map(([mac, vendor]) => `${mac},"${vendor.replaceAll('"', '""')}"\n`);
  return `mac,vendor\n${lines.join('')}`;
}

let made = 0;

/** Puts `count` devices of a vendor there. @returns their ids, in order */
export async function putDevices(
  pool: Pool,
  organizationId: string,
  count: number,
  vendor = 'Apple, Inc.',
): Promise<string[]> {
  const ids = Array.from({ length: count }, newId);
  const macs = ids.map(() => {
    made += 1;
    return made
      .toString(16)
      .padStart(12, '0')
      .replace(/..(?=.)/g, '$&:');
  });
  await pool.query(
    `insert into devices (id, organization_id, key, mac, vendor)
     select id, $1, mac, mac, $4 from unnest($2::uuid[], $3::text[]) x(id, mac)`,
    [organizationId, ids, macs, vendor],
  );
  return ids;
}

export interface DeviceState {
  readonly action: string | null;
  readonly action_reason: string | null;
  readonly action_until: Date | null;
  /** The job that put it in force. */
  readonly action_job: string | null;
}

/** What is in force on an organization's devices, by id. */
export async function deviceStates(pool: Pool, organizationId: string): Promise<Map<string, DeviceState>> {
  const { rows } = await pool.query<DeviceState & { id: string }>(
    'select id, action, action_reason, action_until, action_job from devices where organization_id = $1 order by id',
    [organizationId],
  );
  return new Map(rows.map(({ id, ...state }) => [id, state]));
}

/** How many devices have which action. */
export async function countActions(pool: Pool, organizationId: string): Promise<Record<string, number>> {
  const { rows } = await pool.query<{ action: string; count: number }>(
    `select coalesce(action, 'none') as action, count(*) from devices where organization_id = $1 group by 1`,
    [organizationId],
  );
  return Object.fromEntries(rows.map(({ action, count }) => [action, count]));
}

/** Makes a task of an action: a block of every device unless something else is said. */
export async function submitAct(
  { pool, turns }: Pick<Bench, 'pool' | 'turns'>,
  organizationId: string,
  request: Partial<ActOrder['request']> = {},
): Promise<Task> {
  const order = {
    organizationId,
    origin: 'actions',
    createdBy: somebody,
    asker: anyone,
    request: {
      type: 'block' as const,
      criteria: { all: [] },
      durationSeconds: 0,
      reason: 'lost',
      maxLimit: 0,
      ...request,
    },
  };
  return (await submitAction({ pool, turns }, order, (task) => task)).answered;
}
