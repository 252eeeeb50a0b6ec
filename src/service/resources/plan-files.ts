import { createHash } from 'node:crypto';
import type { Resource } from '../../resources/resource.ts';
import type { Pool } from '../../store/connection/pool.ts';
import type { Elsewhere } from '../../store/elsewhere/databases.ts';
import { type Problem, ServiceError } from '../platform/service-error.ts';
import type { Databases } from './adopt/table-database.ts';
import { applyResource } from './apply-resource.ts';
import { type Owner, planResource, type ResourcePlan } from './plan-resource.ts';
import type { DeclarationFile } from './read-folder.ts';

/** What became of a file's declaration: its plan, or why there is none, which is nothing to other files. */
export type FileOutcome = { readonly path: string } & (
  | { readonly plan: ResourcePlan }
  | { readonly message: string; readonly problems: readonly Problem[] }
);

/** The plans of several files. */
export interface FilesPlan {
  /** Of all plans together. */
  readonly hash: string;
  /** In the order in which they are applied: a resource behind those that it refers to; then those that cannot be. */
  readonly files: readonly FileOutcome[];
}

/** What the declarations of some files would change; nothing is changed. */
export async function planFiles(
  databases: Databases,
  owner: Owner,
  files: readonly DeclarationFile[],
): Promise<FilesPlan> {
  const planned = await planInOrder(databases, owner, files);
  const outcomes = planned.map((outcome) => withoutDouble(outcome, planned));
  return { hash: hashOf(outcomes), files: outcomes };
}

/** What could not be planned is tried again with what could: it may refer to a resource of another file. */
async function planInOrder(
  databases: Databases,
  owner: Owner,
  files: readonly DeclarationFile[],
): Promise<FileOutcome[]> {
  const pending = new Map<string, Resource>();
  const done: FileOutcome[] = [];
  for (let left = files; ; ) {
    const failed: DeclarationFile[] = [];
    const outcomes: FileOutcome[] = [];
    for (const file of left) {
      const outcome = await planFile(databases, owner, file, pending);
      if ('plan' in outcome) done.push(outcome);
      else {
        failed.push(file);
        outcomes.push(outcome);
      }
    }
    if (failed.length === 0 || failed.length === left.length) return [...done, ...outcomes];
    left = failed;
  }
}

/** Of two files that declare the same resource nobody knows which one counts. */
function withoutDouble(outcome: FileOutcome, all: readonly FileOutcome[]): FileOutcome {
  if (!('plan' in outcome)) return outcome;
  const { path, plan } = outcome;
  const others = all.filter((other) => other !== outcome && 'plan' in other && other.plan.name === plan.name);
  if (others.length === 0) return outcome;
  const message = `It declares the resource ${plan.name}, and so does ${others.map((other) => other.path).join(', ')}. Keep one of them, or rename the others.`;
  return { path, message, problems: [] };
}

/**
 * Changes what `planFiles` has shown, each resource by itself.
 *
 * @param hash of that plan
 * @throws ServiceError `outgrown` when the plan has changed; nothing is applied then
 */
export async function applyFiles(
  { pool, elsewhere }: { readonly pool: Pool; readonly elsewhere?: Elsewhere },
  owner: Owner,
  files: readonly DeclarationFile[],
  { hash, allowLoss }: { readonly hash: string; readonly allowLoss: boolean },
): Promise<FileOutcome[]> {
  const planned = await planFiles({ db: pool, elsewhere }, owner, files);
  // What was applied before has another plan now, and nothing is left to do.
  const done = planned.files.every((file) => 'plan' in file && file.plan.action === 'none');
  if (planned.hash !== hash && !done) {
    throw new ServiceError(
      'outgrown',
      'The plan has changed since it was made: a file or the database differs. Plan again.',
    );
  }
  const outcomes: FileOutcome[] = [];
  for (const before of planned.files) {
    const file = files.find(({ path }) => path === before.path);
    if (!('plan' in before && file && 'text' in file)) {
      outcomes.push(before);
      continue;
    }
    const given = { owner, source: file.text, file: file.path, mayAdopt, ...(elsewhere && { elsewhere }) };
    const order = { ...given, hash: before.plan.hash, allowLoss };
    outcomes.push(await outcomeOf(file.path, () => applyResource({ pool }, order)));
  }
  return outcomes;
}

/** Files are the operator's. */
const mayAdopt = () => true;

/** @param pending resources of other files, which take in that of this one */
async function planFile(
  { db, elsewhere }: Databases,
  owner: Owner,
  file: DeclarationFile,
  pending: Map<string, Resource>,
): Promise<FileOutcome> {
  const { path } = file;
  if ('fault' in file) return { path, message: file.fault, problems: [] };
  return outcomeOf(path, async () => {
    const given = { source: file.text, file: path, mayAdopt, pending, ...(elsewhere && { elsewhere }) };
    const { plan, resource } = await planResource(db, owner, given);
    pending.set(plan.name, resource);
    return plan;
  });
}

/** What is wrong with one file is told of that one. */
async function outcomeOf(path: string, work: () => Promise<ResourcePlan>): Promise<FileOutcome> {
  try {
    return { path, plan: await work() };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return { path, message: error.message, problems: error.problems };
  }
}

function hashOf(outcomes: readonly FileOutcome[]): string {
  const hashes = outcomes.map((outcome) => ('plan' in outcome ? outcome.plan.hash : outcome.path));
  return createHash('sha256').update(JSON.stringify(hashes)).digest('hex').slice(0, 16);
}
