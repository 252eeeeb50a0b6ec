import type { Transaction } from '../../store/connection/pool.ts';
import { sql } from '../../store/connection/sql.ts';
import { lockThese, type RecordSet } from '../../store/records/record-pages.ts';
import {
  dropReverted,
  type FormerValues,
  formerValues,
  type OfResource,
  recordsToRevert,
  replaceFormer,
  type Texts,
} from '../../store/tasks/former-values.ts';
import type { WritePlan } from '../../targets/adopted/plan/plan.ts';
import { emptyOutcomes } from '../../task/ledger.ts';
import type { TaskCursor } from '../../task/task.ts';
import type { StepResult, Work } from '../work.ts';
import { type Change, knownTexts, openWriter, valuesIn, type WorkedRecord } from './change-records.ts';

/** What puts back what records had before they were set for a time. */
export interface Reversion {
  readonly taskId: string;
  readonly organizationId: string;
  /** What was set. */
  readonly change: Change;
  readonly plan: WritePlan;
}

/**
 * Opens a reversion at its cursor, whose `after` is the last entry that is behind. A value goes back only where it is still the one that was
 * set, and nothing else was set there for a longer time; where something was, what is put back after that is what was there before this.
 */
export function openRevert({ taskId, organizationId, change, plan }: Reversion, cursor: TaskCursor): Work {
  const { resource } = change;
  const of: OfResource = { organizationId, resource: resource.name };
  const set: RecordSet = { resource, organizationId, condition: sql`true` };
  const writer = openWriter(change, plan);
  let position = cursor;

  async function apply(tx: Transaction, start: TaskCursor, size: number): Promise<StepResult> {
    const entries = await recordsToRevert(tx, taskId, { after: Number(start.after ?? 0), size });
    const ids = entries.map(({ record }) => record);
    const locked = await lockThese(tx, set, { ids, deletes: false, texts: knownTexts(change), differs: sql`true` });
    const known = new Map(locked.map(({ id, texts }) => [id, texts]));
    const kept = Map.groupBy(await formerValues(tx, of, ids), ({ record }) => record);
    // The last of each: an entry may be replaced for several columns.
    const replaced = new Map<number, FormerValues>();
    const outcomes = emptyOutcomes();
    const worked: (WorkedRecord & { readonly values: Texts })[] = [];
    for (const [index, { put, record }] of entries.entries()) {
      const line = start.line + index;
      const [own, ...later] = (kept.get(record) ?? []).filter((entry) => entry.put >= put);
      const texts = known.get(record);
      const values =
        own && texts ? backTo(own, later, valuesIn(change, texts), (entry) => replaced.set(entry.put, entry)) : {};
      if (texts && Object.keys(values).length > 0) worked.push({ line, id: record, texts, values });
      else outcomes.skipped.push(line);
    }
    const written = await writer.write(tx, worked, (record) => (record as (typeof worked)[number]).values);
    await replaceFormer(tx, [...replaced.values()]);
    const puts = entries.map(({ put }) => put);
    await dropReverted(tx, taskId, puts);
    const skipped = [...outcomes.skipped, ...written.skipped].sort((a, b) => a - b);
    const last = puts.at(-1);
    position = {
      offset: start.offset + entries.length,
      line: start.line + entries.length,
      ...(last !== undefined && { after: String(last) }),
    };
    return {
      outcomes: { ...written, skipped },
      ...{ start, lastLine: position.line - 1, cursor: position, progress: position.offset, rows: entries.length },
      done: entries.length < size,
    };
  }

  return {
    get cursor() {
      return position;
    },
    async next(size) {
      const start = position;
      return { apply: (tx) => apply(tx, start, size) };
    },
    async close() {},
  };
}

/**
 * What a record gets back of what an entry keeps.
 *
 * @param later entries of the same record, in their order
 * @param present what it has now
 * @param replace told of a later entry that keeps something else from now on
 */
function backTo(
  { former, written }: FormerValues,
  later: FormerValues[],
  present: Texts,
  replace: (entry: FormerValues) => void,
): Texts {
  const values: Record<string, string | null> = {};
  for (const [name, before] of Object.entries(former)) {
    const index = later.findIndex((entry) => Object.hasOwn(entry.former, name));
    const next = later[index];
    if (!next) {
      if (present[name] === written[name]) values[name] = before;
    } else if (next.former[name] === written[name]) {
      later[index] = { ...next, former: { ...next.former, [name]: before } };
      replace(later[index] as FormerValues);
    }
  }
  return values;
}
