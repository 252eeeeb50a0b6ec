import type { JsonObject } from '../../readers/reader.ts';
import { newId } from '../../task/ids.ts';
import { conflictingIds, documentTooLarge, type LineError } from '../../task/line-reasons.ts';
import type { PatchLine } from './check.ts';
import { mergeInto, weighMerge } from './merge-into.ts';
import { mergePatch } from './merge-patch.ts';

/** Of a document as JSON. */
const MAX_DOCUMENT_BYTES = 1024 * 1024;

/** A record that lines of a chunk are about. */
export interface PatchedRecord {
  readonly id: string;
  /** Its id in each of the key columns. */
  readonly ids: (string | undefined)[];
  /** Only while it is worked on. */
  document?: JsonObject;
  /** Of the document as JSON: exactly, or at most. */
  bytes: number;
  exact: boolean;
  /** Whether the table has it. */
  stored: boolean;
  /** Whether it is not as the table has it. */
  changed: boolean;
}

/** What became of a line. */
export type PatchOutcome = 'inserted' | 'updated' | 'skipped' | LineError;

/** The records that the lines of a chunk are about, by every id that they have. */
export class PatchedRecords {
  readonly #columns: readonly string[];
  readonly #byId: readonly Map<string, PatchedRecord>[];

  /** @param columns the names of the key columns */
  constructor(columns: readonly string[], targets: readonly PatchedRecord[]) {
    this.#columns = columns;
    this.#byId = columns.map(() => new Map());
    for (const target of targets) this.#index(target);
  }

  /** Those that a line names: more than one when its ids are not one record's. */
  named({ ids }: PatchLine): PatchedRecord[] {
    const found = ids.flatMap((id, column) => (id === undefined ? [] : (this.#byId[column]?.get(id) ?? [])));
    return [...new Set(found)];
  }

  /** Merges one line. The documents of those that it names must be there. */
  merge(line: PatchLine): PatchOutcome {
    const [target, other] = this.named(line);
    if (!target) return this.#insert(line);
    const contradicted = line.ids.findIndex((id, column) => id !== undefined && (target.ids[column] ?? id) !== id);
    if (other || contradicted >= 0) return this.#conflict(line, target, contradicted);
    const document = target.document as JsonObject;
    const { changed, bytes: growth } = weighMerge(document, line.patch);
    if (target.bytes + growth > MAX_DOCUMENT_BYTES) measure(target, document);
    if (target.bytes + growth > MAX_DOCUMENT_BYTES) return documentTooLarge(target.bytes + growth, MAX_DOCUMENT_BYTES);
    const linked = line.ids.some((id, column) => id !== undefined && target.ids[column] === undefined);
    if (!linked && !changed) return 'skipped';
    mergeInto(document, line.patch);
    target.bytes += growth;
    target.changed = true;
    for (const [column, id] of line.ids.entries()) target.ids[column] ??= id;
    if (linked) this.#index(target);
    return 'updated';
  }

  #insert({ ids, patch, bytes }: PatchLine): PatchOutcome {
    const document = mergePatch({}, patch) as JsonObject;
    const target = { id: newId(), ids: [...ids], document, bytes, exact: false, stored: false, changed: true };
    if (bytes > MAX_DOCUMENT_BYTES) measure(target, document);
    if (target.bytes > MAX_DOCUMENT_BYTES) return documentTooLarge(target.bytes, MAX_DOCUMENT_BYTES);
    this.#index(target);
    return 'inserted';
  }

  #index(target: PatchedRecord): void {
    for (const [column, id] of target.ids.entries()) if (id !== undefined) this.#byId[column]?.set(id, target);
  }

  /** @param contradicted the column in which `target` has another id than the line names; -1: in none */
  #conflict({ ids }: PatchLine, target: PatchedRecord, contradicted: number): LineError {
    const named = (id: string | undefined, column: number) => [this.#columns[column] ?? '', id ?? ''] as const;
    const given = ids.flatMap((id, column) => (id === undefined ? [] : [named(id, column)]));
    const existing = contradicted < 0 ? undefined : named(target.ids[contradicted], contradicted);
    return conflictingIds(given, existing);
  }
}

/** Only where it matters, and once: of a large document, that takes longer than the merge. */
function measure(target: PatchedRecord, document: JsonObject): void {
  if (target.exact) return;
  target.bytes = Buffer.byteLength(JSON.stringify(document));
  target.exact = true;
}
