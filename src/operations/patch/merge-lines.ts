import { shownBytes } from '../../readers/limits.ts';
import type { JsonObject } from '../../readers/reader.ts';
import { type LineError, shown } from '../../task/errors.ts';
import { newId } from '../../task/ids.ts';
import type { PatchLine } from './check.ts';
import { mergePatch } from './merge-patch.ts';
import { sameJson } from './same-json.ts';

/** Of a document as JSON. */
const MAX_DOCUMENT_BYTES = 1024 * 1024;

/** A record that lines of a chunk are about. */
export interface Target {
  readonly id: string;
  /** Its id in each of the key columns. */
  readonly ids: (string | undefined)[];
  /** Only while it is worked on. */
  document?: JsonObject;
  /** Of the document as JSON, at most. */
  bytes: number;
  /** Whether the table has it. */
  stored: boolean;
  /** Whether it is not as the table has it. */
  changed: boolean;
}

/** What became of a line. */
export type PatchOutcome = 'inserted' | 'updated' | 'skipped' | LineError;

/** The records that the lines of a chunk are about, by every id that they have. */
export class Targets {
  readonly #columns: readonly string[];
  readonly #byId: readonly Map<string, Target>[];

  /** @param columns the names of the key columns */
  constructor(columns: readonly string[], targets: readonly Target[]) {
    this.#columns = columns;
    this.#byId = columns.map(() => new Map());
    for (const target of targets) this.#index(target);
  }

  /** Those that a line names: more than one when its ids are not one record's. */
  named({ ids }: PatchLine): Target[] {
    const found = ids.flatMap((id, column) => (id === undefined ? [] : (this.#byId[column]?.get(id) ?? [])));
    return [...new Set(found)];
  }

  /** Merges one line. The documents of those that it names must be there. */
  merge(line: PatchLine): PatchOutcome {
    const [target, other] = this.named(line);
    if (!target) return this.#insert(line);
    const contradicted = line.ids.findIndex((id, column) => id !== undefined && (target.ids[column] ?? id) !== id);
    if (other || contradicted >= 0) return this.#conflict(line, target, contradicted);
    const document = mergePatch(target.document, line.patch) as JsonObject;
    const bytes = bytesOf(document, target.bytes + line.bytes);
    if (bytes > MAX_DOCUMENT_BYTES) return tooLarge(bytes);
    const linked = line.ids.some((id, column) => id !== undefined && target.ids[column] === undefined);
    if (!linked && sameJson(target.document, document)) return 'skipped';
    target.document = document;
    target.bytes = bytes;
    target.changed = true;
    for (const [column, id] of line.ids.entries()) target.ids[column] ??= id;
    if (linked) this.#index(target);
    return 'updated';
  }

  #insert({ ids, patch, bytes: atMost }: PatchLine): PatchOutcome {
    const document = mergePatch({}, patch) as JsonObject;
    const bytes = bytesOf(document, atMost);
    if (bytes > MAX_DOCUMENT_BYTES) return tooLarge(bytes);
    this.#index({ id: newId(), ids: [...ids], document, bytes, stored: false, changed: true });
    return 'inserted';
  }

  #index(target: Target): void {
    for (const [column, id] of target.ids.entries()) if (id !== undefined) this.#byId[column]?.set(id, target);
  }

  /** @param contradicted the column in which `target` has another id than the line names; -1: in none */
  #conflict({ ids }: PatchLine, target: Target, contradicted: number): LineError {
    const named = ids.flatMap((id, column) => (id === undefined ? [] : `${this.#columns[column]} ${shown(id)}`));
    const has = `${this.#columns[contradicted]} ${shown(target.ids[contradicted] ?? '')}`;
    const why = contradicted < 0 ? 'each belongs to a record of its own' : `the record that is there has the ${has}`;
    return {
      code: 'conflicting_ids',
      reason: `${named.join(' and ')} are not the ids of one record: ${why}. Name it by one of them.`,
    };
  }
}

/** The exact number of bytes only where it matters: of a large document, that takes longer than the merge. */
function bytesOf(document: JsonObject, atMost: number): number {
  return atMost <= MAX_DOCUMENT_BYTES ? atMost : Buffer.byteLength(JSON.stringify(document));
}

function tooLarge(bytes: number): LineError {
  const reason =
    `With this line the record would have ${bytes} bytes of JSON; it may have ` +
    `${shownBytes(MAX_DOCUMENT_BYTES)} (${MAX_DOCUMENT_BYTES}). Remove something of it first.`;
  return { code: 'document_too_large', reason };
}
