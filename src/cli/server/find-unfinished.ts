import { isDeepStrictEqual } from 'node:util';
import { decodeJwt } from 'jose';
import { isOver, OpenBulkError, type Task } from '../../../packages/client/src/index.ts';
import { principalId } from '../../auth/principal.ts';
import { toHex24 } from '../../task/ids.ts';
import { dataOf, type Endpoint, openClient } from './client.ts';
import type { Input } from './input.ts';

export interface Wanted {
  readonly action: string;
  readonly config: Task['config'];
  readonly input: Input;
  readonly signal: AbortSignal;
}

/** Tasks on a page; each comes with up to 2,000 lines of its report. */
const PAGE = 50;

/**
 * The newest task that is not over, of the same submitter, action, settings and bytes: what an earlier run of the same command left.
 * Also finds out, before anything is uploaded, that server, token and organization are as they must be.
 */
export async function findUnfinished(endpoint: Endpoint, wanted: Wanted): Promise<Task | undefined> {
  const submitter = submitterOf(await endpoint.token());
  let sha256: string | undefined;
  for await (const task of unfinishedTasks(endpoint, wanted)) {
    const { file } = wanted.input;
    if (!file) return undefined;
    if (!submitter || task.createdBy?.id !== submitter) continue;
    if (task.file?.size !== file.size || !sameConfig(task.config, wanted.config)) continue;
    // Read only now: for most imports there is nothing to compare with.
    sha256 ??= await file.sha256();
    if (task.file.checksum?.endsWith(sha256)) return task;
  }
  return undefined;
}

async function* unfinishedTasks(endpoint: Endpoint, { action, signal }: Wanted): AsyncGenerator<Task> {
  const { organizations } = openClient(endpoint);
  const path = { organizationId: endpoint.organization };
  for (const status of ['inProgress', 'pending'] as const) {
    for (let page = 1, more = true; more; page += 1) {
      const query = { status, action, page, limit: PAGE };
      const asked = organizations.get('/v1/organizations/{organizationId}/bulk-tasks', { path, query, signal });
      const found = await dataOf(endpoint, asked).catch((error: unknown) => {
        // A token may allow to submit and nothing else; and what is wrong with the action, the answer to the submission says best.
        if (error instanceof OpenBulkError && (error.status === 403 || error.status === 400)) return undefined;
        throw error;
      });
      yield* found?.items.filter((task) => !isOver(task)) ?? [];
      more = found?.hasNextPage === true;
    }
  }
}

/** `createdBy.id` of tasks submitted with this token; `undefined` if the token does not show it. */
function submitterOf(token: string): string | undefined {
  try {
    const { iss, sub } = decodeJwt(token);
    return iss && sub ? toHex24(principalId(iss, sub)) : undefined;
  } catch {
    return undefined;
  }
}

function sameConfig(one: Task['config'], other: Task['config']): boolean {
  return isDeepStrictEqual(plainConfig(one), plainConfig(other));
}

function plainConfig(config: Task['config']) {
  const { override = false, mapping = {}, constants = {}, dateFormat = '', encoding = '', dryRun = false } = config;
  const { mode, blankCells, formats = {}, missingValues = [], allowShortRows = false } = config;
  return {
    ...{ override, mode, mapping: { ...mapping }, constants: { ...constants }, dateFormat, encoding, dryRun },
    ...{ blankCells, formats: { ...formats }, missingValues: missingValues.toSorted(), allowShortRows },
  };
}
