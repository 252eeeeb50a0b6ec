import fc from 'fast-check';
import { withIntake } from '../../../src/service/submit/intake.ts';
import { submitUpload } from '../../../src/service/submit/submit-upload.ts';
import type { Pool } from '../../../src/store/connection/pool.ts';
import { parseLines } from '../../../src/task/ledger.ts';
import type { Task } from '../../../src/task/task.ts';
import { type Bench, somebody } from '../engine.ts';

/** A user as the table has it, without what only the table knows. */
export interface User {
  objectId: string | null;
  pulseId: string | null;
  document: unknown;
}

/** What became of the lines: the numbers of those of an outcome, errored ones with their code. */
export interface PatchLedger {
  readonly inserted: number[];
  readonly updated: number[];
  readonly skipped: number[];
  readonly errored: [number, string][];
}

// Few values, so that users and members meet again, and lines change nothing.
const id = (letter: string) =>
  fc.oneof(
    { weight: 12, arbitrary: fc.integer({ min: 0, max: 4 }).map((n) => `${letter}${n}`) },
    { weight: 8, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom<unknown>(7, null, ' ', ['x']) },
  );

const value = fc.constantFrom<unknown>(
  null,
  1,
  'é😀"\\',
  true,
  [1, null],
  { n: 1 },
  { n: null, m: { o: 2 } },
  { m: 1 },
);

const patchLine = fc
  .record({
    object_id: id('O'),
    pulse_id: id('P'),
    members: fc.dictionary(fc.constantFrom('a', 'b', '__proto__', 'constructor'), value, { maxKeys: 2 }),
  })
  .map(({ members, ...ids }) => {
    // Put together as text: an object would take __proto__ for its prototype.
    const all = [...Object.entries(ids).filter(([, named]) => named !== undefined), ...Object.entries(members)];
    return `{${all.map(([name, member]) => `${JSON.stringify(name)}:${JSON.stringify(member)}`).join(', ')}}`;
  });

/** The lines of a file of patches, some of them bad, some blank. */
export const patchesArbitrary: fc.Arbitrary<string[]> = fc.array(
  fc.oneof(
    { weight: 15, arbitrary: patchLine },
    { weight: 1, arbitrary: fc.constantFrom('', '{', '[1]', '"x"', 'null') },
  ),
  { maxLength: 50, size: 'max' },
);

/** RFC 7396, section 2, as it stands there, on maps of members. */
function mergeAsInTheRfc(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [name, member] of Object.entries(patch)) {
    if (member === null) merged.delete(name);
    else merged.set(name, mergeAsInTheRfc(merged.get(name), member));
  }
  return Object.fromEntries(merged);
}

function isObject(json: unknown): json is object {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

/** JSON with its members in order, so that equal values are equal texts. */
export function canonical(json: unknown): string {
  if (Array.isArray(json)) return `[${json.map(canonical).join()}]`;
  if (!isObject(json)) return JSON.stringify(json);
  const members = Object.entries(json).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join()}}`;
}

/** What becomes of the lines (docs/api/activityid.md "Patching users"), one at a time, on a plain list. Changes `users`. */
export function patchSerially(lines: readonly string[], users: User[]): PatchLedger {
  const ledger: PatchLedger = { inserted: [], updated: [], skipped: [], errored: [] };
  for (const [index, text] of lines.entries()) {
    if (text.trim() === '') continue;
    const outcome = patchLineSerially(text, users);
    if (outcome === 'inserted' || outcome === 'updated' || outcome === 'skipped') ledger[outcome].push(index + 1);
    else ledger.errored.push([index + 1, outcome]);
  }
  return ledger;
}

function patchLineSerially(text: string, users: User[]): string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return 'invalid_json';
  }
  if (!isObject(json)) return 'not_an_object';
  const members = new Map<string, unknown>(Object.entries(json));
  const [objectId, pulseId] = ['object_id', 'pulse_id'].map((name) => {
    const given = members.get(name);
    members.delete(name);
    return given;
  });
  for (const given of [objectId, pulseId]) {
    if (given !== undefined && (typeof given !== 'string' || given.trim() === '')) return 'invalid_value';
  }
  if (objectId === undefined && pulseId === undefined) return 'missing_key';
  const mine = users.filter(
    (user) =>
      (objectId !== undefined && user.objectId === objectId) || (pulseId !== undefined && user.pulseId === pulseId),
  );
  if (mine.length > 1) return 'conflicting_ids';
  const [user] = mine;
  const patch = Object.fromEntries(members);
  const after = {
    objectId: (objectId ?? user?.objectId ?? null) as string | null,
    pulseId: (pulseId ?? user?.pulseId ?? null) as string | null,
    document: mergeAsInTheRfc(user?.document ?? {}, patch),
  };
  if (!user) {
    users.push(after);
    return 'inserted';
  }
  if ((user.objectId ?? after.objectId) !== after.objectId || (user.pulseId ?? after.pulseId) !== after.pulseId) {
    return 'conflicting_ids';
  }
  if (canonical(user) === canonical(after)) return 'skipped';
  Object.assign(user, after);
  return 'updated';
}

/** Submits lines as a patch of the organization's users. */
export async function submitPatch(bench: Bench, organizationId: string, content: string | Buffer): Promise<Task> {
  return withIntake(bench, organizationId, async (intake) => {
    const stored = await intake.put(
      (async function* () {
        yield Buffer.from(content as string);
      })(),
    );
    const order = {
      operation: 'patch' as const,
      origin: 'activityid',
      organizationId,
      action: 'patch-identities',
      config: {},
      upload: { ...stored, originalName: 'users.jsonl', mimetype: 'application/jsonl' },
      createdBy: somebody,
    };
    return submitUpload({ ...bench, intake }, order, (task) => task);
  });
}

/** The users of an organization, in the order of canonical JSON. */
export async function readUsers(pool: Pool, organizationId: string): Promise<string[]> {
  const { rows } = await pool.query<User>(
    'select object_id as "objectId", pulse_id as "pulseId", document from identities where organization_id = $1',
    [organizationId],
  );
  return rows.map(canonical).sort();
}

export async function readPatchLedger(pool: Pool, task: Task): Promise<PatchLedger> {
  const { rows } = await pool.query('select * from task_chunks where task_id = $1 order by chunk', [task.id]);
  const all = (name: string) => rows.flatMap((row) => [...parseLines(row[name])]);
  return {
    inserted: all('inserted'),
    updated: all('updated'),
    skipped: all('skipped'),
    errored: rows.flatMap((row) => row.errored.map(({ line, code }: { line: number; code: string }) => [line, code])),
  };
}
