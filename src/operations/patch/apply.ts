import type { JsonObject } from '../../readers/reader.ts';
import type { Resource } from '../../resources/resource.ts';
import { ConflictError, isUniqueViolation, type Transaction } from '../../store/connection/pool.ts';
import { join, raw, type Sql, sql } from '../../store/connection/sql.ts';
import { StepTooLargeError } from '../work.ts';
import { idColumns, type PatchLine } from './check.ts';
import { type PatchedRecord, PatchedRecords, type PatchOutcome } from './merge-lines.ts';

/** Whose records are patched. */
export interface Patched {
  readonly resource: Resource;
  readonly organizationId: string;
}

/**
 * Bytes of documents in a step: bounds the memory, the time for which the session is idle while we merge, and the step's own, which is half a
 * second. Usual chunks stay far below it.
 */
const STEP_BYTES = 16 * 1024 * 1024;

/**
 * Merges lines into the records that they name, as if one after the other (docs/api/activityid.md "Patching users",
 * docs/api/ledger.md "Outcomes"): the records are locked in one statement, then read, merged in memory in line order, and written in
 * two statements, whose answers nobody waits for.
 *
 * @returns what became of each line, at the line's index, unless what was sent is refused: with a `ConflictError` when another
 *   transaction made one of the records at the same time; done anew, it is found
 * @throws StepTooLargeError when the documents are too large for all of the lines
 */
export async function applyPatches(
  tx: Transaction,
  patched: Patched,
  lines: readonly PatchLine[],
): Promise<PatchOutcome[]> {
  if (lines.length === 0) return [];
  const targets = await lockTargets(tx, patched, lines);
  refuseTooLarge(targets, lines);
  await loadDocuments(tx, patched, namedBy(targets, lines));
  const outcomes = lines.map((line) => targets.merge(line));
  writeChanged(tx, patched, namedBy(targets, lines));
  return outcomes;
}

/** @throws StepTooLargeError */
function refuseTooLarge(targets: PatchedRecords, lines: readonly PatchLine[]): void {
  const seen = new Set<PatchedRecord>();
  let bytes = 0;
  const fits = lines.findIndex((line, index) => {
    bytes += line.bytes;
    for (const target of targets.named(line)) {
      if (!seen.has(target)) bytes += target.bytes;
      seen.add(target);
    }
    return bytes > STEP_BYTES && index > 0;
  });
  if (fits > 0) throw new StepTooLargeError(fits);
}

function namedBy(targets: PatchedRecords, lines: readonly PatchLine[]): PatchedRecord[] {
  return [...new Set(lines.flatMap((line) => targets.named(line)))];
}

/** Finds and locks the records that the lines name, in one order, so that two workers wait for each other rather than lock up. */
async function lockTargets(tx: Transaction, patched: Patched, lines: readonly PatchLine[]): Promise<PatchedRecords> {
  const { resource, organizationId } = patched;
  const columns = idColumns(resource);
  const names = columns.map((column) => raw(column.sql));
  const wanted = names.map(
    (name, column) => sql`${name} = any(${[...new Set(lines.flatMap(({ ids }) => ids[column] ?? []))]}::text[])`,
  );
  const { rows } = await tx.query<{ id: string; ids: (string | null)[]; bytes: number }>(
    sql`select id, array[${join(names)}] as ids, octet_length(${raw(documentOf(resource))}::text) as bytes
     from ${raw(resource.table)} where organization_id = ${organizationId} and (${join(wanted, ' or ')})
     order by id for update`,
  );
  const found = rows.map(({ id, ids, bytes }) => ({
    id,
    ids: ids.map((value) => value ?? undefined),
    bytes,
    exact: false,
    stored: true,
    changed: false,
  }));
  return new PatchedRecords(
    columns.map(({ name }) => name),
    found,
  );
}

async function loadDocuments(
  tx: Transaction,
  { resource, organizationId }: Patched,
  targets: PatchedRecord[],
): Promise<void> {
  const { rows } = await tx.query<{ id: string; document: JsonObject }>(
    `select id, ${documentOf(resource)} as document from ${resource.table} where organization_id = $1 and id = any($2::uuid[])`,
    [organizationId, targets.map(({ id }) => id)],
  );
  const documents = new Map(rows.map(({ id, document }) => [id, document]));
  for (const target of targets) target.document = documents.get(target.id) as JsonObject;
}

/**
 * Sends what is not as the table has it. Refused with a `ConflictError` where another transaction made one of the records.
 */
function writeChanged(tx: Transaction, { resource, organizationId }: Patched, targets: PatchedRecord[]): void {
  const columns = idColumns(resource).map((column) => raw(column.sql));
  const [table, document, names] = [raw(resource.table), raw(documentOf(resource)), join(columns)];
  const given = (some: PatchedRecord[]) => {
    const ids = columns.map((_, column) => sql`${some.map((target) => target.ids[column] ?? null)}::text[]`);
    const documents = some.map((target) => JSON.stringify(target.document));
    return sql`unnest(${some.map(({ id }) => id)}::uuid[], ${join(ids)}, ${documents}::text[]) as g(id, ${names}, ${document})`;
  };
  const refused = (error: Error) =>
    isUniqueViolation(error)
      ? new ConflictError('Another writer created one of the records first.', { cause: error })
      : error;
  const send = ({ text, values }: Sql) => tx.send({ text, values, refused });
  const fresh = targets.filter(({ stored }) => !stored);
  const known = targets.filter(({ stored, changed }) => stored && changed);
  if (fresh.length > 0) {
    send(sql`insert into ${table} (id, organization_id, ${names}, ${document})
      select g.id, ${organizationId}, ${join(columns.map((name) => sql`g.${name}`))}, g.${document}::jsonb
      from ${given(fresh)} order by ${names}`);
  }
  if (known.length > 0) {
    send(sql`update ${table} t set updated_at = now(), ${document} = g.${document}::jsonb,
        ${join(columns.map((name) => sql`${name} = g.${name}`))}
      from ${given(known)} where t.organization_id = ${organizationId} and t.id = g.id`);
  }
}

function documentOf({ name, document }: Resource): string {
  if (!document) throw new Error(`${name} has no document to patch.`);
  return document.sql;
}
