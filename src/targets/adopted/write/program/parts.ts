import { quoteName, quoteNames, quoteText } from '../../../../store/connection/quote.ts';
import type { KeyPart, PlannedColumn, WriteMode, WritePlan } from '../../plan/plan.ts';
import { NOT_OF_A_LINE } from '../faults.ts';

/** Characters that the function gives for outcomes, one a line. */
export const OUTCOMES = {
  i: 'inserted',
  u: 'updated',
  d: 'deleted',
  '=': 'unchanged',
  x: 'exists',
  '0': 'suppressed',
  '!': 'errored',
} as const;

/**
 * What the first look finds of a line, as bytes: its record is not there, differs, or is as it says; `f`, where a reference of it is not
 * settled, is none of these.
 */
export const ABSENT = 0x61;
export const DIFFERS = 0x64;
export const EQUAL = 0x65;
/** By so much less, of a key that comes more than once. */
export const TO_REPEATED = 0x20;
export const EQUAL_KEY = EQUAL - TO_REPEATED;

/** Parts of the statements of a plan. */
export class Parts {
  readonly plan: WritePlan;
  readonly stage: string;
  readonly table: string;
  /** The columns that an update sets, each with its place among the lines' values. */
  readonly changed: readonly { readonly column: PlannedColumn; readonly place: number }[];

  constructor(plan: WritePlan, stage: string) {
    this.plan = plan;
    this.stage = stage;
    this.table = `${plan.only ? 'only ' : ''}${quoteNames(plan.table.schema, plan.table.table)}`;
    this.changed = plan.columns.flatMap((column, i) => (column.fixed ? [] : [{ column, place: i + 1 }]));
  }

  /** The key's columns that are in the lines, with the text that a row `row` has of them. */
  key(row: string): { readonly part: KeyPart; readonly text: string }[] {
    const { columns, key } = this.plan;
    return key.flatMap((part) => {
      const place = columns.findIndex(({ name }) => name === part.column);
      return place < 0 ? [] : [{ part, text: `${row}.c${place + 1}` }];
    });
  }

  /** That `t` is the record of the line `row`. */
  isRecord(row: string): string {
    const texts = new Map(this.key(row).map(({ part, text }) => [part.column, text]));
    return this.plan.key
      .map(({ column, equals, type }) => {
        const text = texts.get(column) ?? quoteText(this.plan.organization?.value as string);
        return `t.${quoteName(column)} ${equals} ${text}::${type}`;
      })
      .join(' and ');
  }

  hasNoKey(row: string): string {
    return this.key(row)
      .map(({ text }) => `${text} is null`)
      .join(' or ');
  }

  /** What a line's value is, as it is assigned: what does not fit a length is refused, not cut. */
  value({ type }: PlannedColumn, text: string): string {
    return `${text}::${type}`;
  }

  /** That the record `t` says something else than the line `row`. */
  differs(row: string): string {
    const pairs = this.changed.map(({ column, place }) => {
      const text = `${row}.c${place}`;
      return [
        this.told(column, `t.${quoteName(column.name)}`),
        this.told(column, this.kept(column, this.assigned(column, text))),
      ] as const;
    });
    if (pairs.length === 0) return 'false';
    return `(${pairs.map(([a]) => a).join(', ')}) is distinct from (${pairs.map(([, b]) => b).join(', ')})`;
  }

  /** What a line's value becomes by being assigned, where that is another value without a word. */
  assigned({ type, rounds, length }: PlannedColumn, text: string): string {
    if (rounds !== undefined) return `${text}::${type}::${rounds}`;
    if (length === undefined) return `${text}::${type}`;
    // Blanks beyond the length are cut.
    return `(case when length(${text}) > ${length} and length(rtrim(${text}, ' ')) <= ${length} then left(${text}, ${length}) else ${text} end)::${type}`;
  }

  /** What the record `t` has after a line that has `value`. */
  kept({ name }: PlannedColumn, value: string): string {
    return this.plan.keepsBlanks ? `coalesce(${value}, t.${quoteName(name)})` : value;
  }

  told({ compared }: PlannedColumn, value: string): string {
    return compared === 'value' ? value : `(${value})::text collate "C"`;
  }

  insert(row: string): { readonly into: string; readonly values: string } {
    const { columns, organization } = this.plan;
    const into = columns.map(({ name }) => quoteName(name));
    const values = columns.map((column, i) => this.value(column, `${row}.c${i + 1}`));
    if (organization) {
      into.push(quoteName(organization.column));
      values.push(this.organization());
    }
    return { into: into.join(', '), values: values.join(', ') };
  }

  organization(): string {
    const { key, organization } = this.plan;
    const type = key.find(({ column }) => column === organization?.column)?.type;
    return `${quoteText(organization?.value as string)}::${type}`;
  }

  set(row: string): string {
    return [
      ...this.changed.map(
        ({ column, place }) =>
          `${quoteName(column.name)} = ${this.kept(column, this.value(column, `${row}.c${place}`))}`,
      ),
      ...this.touched(),
    ].join(', ');
  }

  /** What of a changed record says when it was changed. */
  touched(): string[] {
    const { touches } = this.plan;
    return touches === undefined ? [] : [`${quoteName(touches)} = now()`];
  }
}

/** Whether the first look compares records with the lines, since they may change them. */
export function changes(mode: WriteMode): boolean {
  return mode === 'upsert' || mode === 'update';
}

export function array(texts: readonly string[]): string {
  return `array[${texts.map(quoteText).join(', ')}]::text[]`;
}

export function notOfALine(state: string): string {
  return `${state} ~ ${quoteText(NOT_OF_A_LINE.source)}`;
}

export function done(outcome: keyof typeof OUTCOMES): string {
  return `ob_outcome := '${outcome}';`;
}

/** @param json what the fault is */
export function fault(json: string): string {
  return `ob_fault := ${json}; ${done('!')}`;
}

/** Of a line that needs no statement to be known as wrong. */
export function ownFault(code: string): string {
  return fault(`json_build_object('n', ob_line.n, 'code', '${code}')`);
}
