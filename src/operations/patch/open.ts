import type { FileStore } from '../../files/file-store.ts';
import { describeNdjson } from '../../readers/ndjson/describe-ndjson.ts';
import { openNdjson } from '../../readers/ndjson/ndjson.ts';
import type { Batch, JsonRow } from '../../readers/reader.ts';
import type { Pool } from '../../store/connection/pool.ts';
import type { Claim } from '../../store/queue/claim.ts';
import type { PlanRecord } from '../../store/queue/task-work.ts';
import { type ErroredLine, emptyOutcomes } from '../../task/ledger.ts';
import { resourceOf } from '../catalogue.ts';
import { erroredLine, openInput, sourceOf } from '../input.ts';
import { readPlan, toStoredPlan } from '../plans.ts';
import type { Step, StepResult, Work } from '../work.ts';
import { applyPatches, type Patched } from './apply.ts';
import { compilePatchCheck, type PatchLine } from './check.ts';

/**
 * Opens a patch at its cursor. The first time, looks at the file and plans the task.
 *
 * @throws TaskError when the file cannot be processed; FileMissingError if it no longer exists
 */
export async function openPatch(
  { pool, files }: { readonly pool: Pool; readonly files: FileStore },
  claim: Claim,
): Promise<Work> {
  const resource = await resourceOf(pool, claim);
  const source = sourceOf(files, claim);
  let plan = readPlan('patch', claim.plan);
  let found: PlanRecord | undefined;
  if (!plan) {
    plan = { format: await describeNdjson(source) };
    found = { plan: toStoredPlan('patch', plan), cursor: plan.format.body };
  }
  const cursor = claim.cursor ?? plan.format.body;
  const check = compilePatchCheck(resource);
  const patched = { resource, organizationId: claim.lease.organizationId };
  const work = openInput(openNdjson(source, plan.format, cursor), cursor, (batch, start) =>
    patchStep(patched, batch.rows.map(check), batch, start),
  );
  return found ? Object.assign(work, { plan: found }) : work;
}

function patchStep(
  patched: Patched,
  checked: readonly (PatchLine | ErroredLine)[],
  batch: Batch<JsonRow>,
  start: StepResult['start'],
): Step {
  const { cursor, consumed, done } = batch;
  const lines = checked.filter((line) => 'patch' in line);
  const first = checked[0]?.line ?? 0;
  const last = checked.at(-1)?.line ?? 0;
  return {
    lines: { first, last },
    records: checked.length,
    refused: (why) => erroredLine({ line: last, ...why }, batch, start),
    async apply(tx, busy) {
      busy();
      const outcomes = emptyOutcomes();
      const applied = (await applyPatches(tx, patched, lines)).values();
      for (const line of checked) {
        const outcome = 'patch' in line ? (applied.next().value ?? 'skipped') : line;
        if (typeof outcome === 'string') outcomes[outcome].push(line.line);
        else outcomes.errored.push({ ...outcome, line: line.line });
      }
      return { outcomes, start, lastLine: last, cursor, progress: consumed, done };
    },
  };
}
