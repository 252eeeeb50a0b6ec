import type { Writable } from 'node:stream';
import pg from 'pg';

/** A pool, one of its clients, a `Wire`: whatever can run a query. */
export interface Queryable {
  query<Row = Record<string, unknown>>(
    statement: string | { readonly text: string; readonly values?: unknown[]; readonly rowMode?: 'array' },
    values?: unknown[],
  ): Promise<{ readonly rows: Row[]; readonly rowCount: number | null }>;
}

/** A statement and what goes with it. */
export interface Statement {
  readonly text: string;
  /** Of a prepared statement: see `prepared`. */
  readonly name?: string;
  readonly values?: readonly unknown[];
  readonly rowMode?: 'array';
  /** What a `COPY … FROM STDIN` takes. Not to be changed before the statement is answered. */
  readonly copy?: Buffer;
  /** Called when `copy` is handed to the network. */
  readonly sent?: () => void;
  /** Takes each line of a `COPY … TO STDOUT`, its end included; the bytes are not to be kept. */
  readonly onLine?: (line: Buffer) => void;
  /** What it means that the database refused this statement; the error itself when not given. */
  readonly refused?: (error: Error) => Error;
}

/** What a statement gave, once its trip is answered. */
export interface Answer<Row> {
  readonly rows: Row[];
  readonly rowCount: number | null;
  /** What was done, such as `UPDATE 3`. */
  readonly tag: string;
}

/**
 * A session on which statements are sent without waiting for the answers of those before: a statement costs the time that the database
 * takes for it, and only code that awaits a result pays for a round trip. At 200 ms a chunk of seven statements took 1.6 s.
 *
 * It is the pipelining of the extended query protocol (PostgreSQL manual, "Message Flow", "Pipelining"), with COPY in it. Statements up
 * to a Sync are a **trip**: they are done in order, and when one fails, those behind it are skipped, up to the Sync. So a trip
 * that begins a transaction, makes its changes and commits them does all of it or nothing. Trips may follow one another unanswered, too: behind
 * one that failed within a transaction the session refuses everything, `begin` included, until it is rolled back.
 *
 * `pg` can pipeline, but neither COPY nor several statements up to one Sync; so this speaks to it as its cursors do, as what a client
 * is given to submit. While a session is used so, nothing else may use it.
 */
export class Wire implements Queryable {
  readonly #session: pg.ClientBase;
  #connection: ProtocolConnection | undefined;
  /** The trip to which statements are being added. */
  #open: Trip | undefined;
  /** Trips that are ended and not answered, in order, and the open one. The first is the one that `pg` has. */
  readonly #underWay: Trip[] = [];
  /** Whether what is sent is kept for what else is sent in the same breath. */
  #gathers = false;

  constructor(session: pg.ClientBase) {
    this.#session = session;
  }

  /** Sends a statement. What it gives is there when its trip is answered. */
  send<Row = Record<string, unknown>>(statement: string | Statement): Answer<Row> {
    const answering = new Answering(typeof statement === 'string' ? { text: statement } : statement);
    const trip = this.#trip();
    trip.statements.push(answering);
    this.#gather();
    write(this.#connection as ProtocolConnection, answering.statement);
    return answering as Answer<unknown> as Answer<Row>;
  }

  /**
   * Ends the trip.
   *
   * @returns when its statements are done, and all before them
   * @throws the error of the statement that failed; those behind it did nothing
   */
  answered(): Promise<void> {
    const trip = this.#open;
    if (!trip) return this.#underWay.at(-1)?.answered ?? Promise.resolve();
    this.#open = undefined;
    (this.#connection as ProtocolConnection).sync();
    // Now: the caller may do something slow before it awaits.
    this.#flush();
    return trip.answered;
  }

  /** Sends a statement and waits for its answer, as `pg` does it. */
  async query<Row = Record<string, unknown>>(
    statement: string | Statement,
    values?: readonly unknown[],
  ): Promise<Answer<Row>> {
    const whole = typeof statement === 'string' ? { text: statement, values: values ?? [] } : statement;
    const answer = this.send<Row>(whole);
    await this.answered();
    return answer;
  }

  /** Runs statements that are written one after the other in one text, and waits for them. They can give and take nothing. */
  async script(text: string): Promise<void> {
    this.answered();
    const trip = this.#trip();
    this.#open = undefined;
    // A message of the simple protocol, which is its own Sync.
    (this.#connection as ProtocolConnection).query(text);
    await trip.answered;
  }

  /** Waits for pending statements, and rolls back what is not committed. A session that cannot do that is broken. */
  async rollback(): Promise<void> {
    this.answered().catch(() => {});
    await this.query('rollback').catch(() => {});
  }

  /** The open trip, or a new one, which is passed to `pg` at once or, if another is pending, as soon as that one ends. */
  #trip(): Trip {
    if (this.#open) return this.#open;
    const trip = new Trip(
      (connection) => {
        this.#connection ??= connection;
      },
      () => this.#next(),
    );
    this.#open = trip;
    this.#underWay.push(trip);
    if (this.#underWay.length === 1) this.#session.query(trip);
    if (!this.#connection) throw new Error('The session is in use.');
    return trip;
  }

  /** A system call for each statement took a quarter of a small task's time. */
  #gather(): void {
    if (this.#gathers) return;
    this.#gathers = true;
    this.#connection?.stream.cork();
    process.nextTick(() => this.#flush());
  }

  #flush(): void {
    if (!this.#gathers) return;
    this.#gathers = false;
    this.#connection?.stream.uncork();
  }

  #next(): void {
    this.#underWay.shift();
    const [next] = this.#underWay;
    if (next) this.#session.query(next);
  }
}

/** What of `pg`'s connection is used; its types know some of it. */
interface ProtocolConnection {
  readonly stream: Writable;
  /** Texts of prepared statements by their names: those that the session has, and those that are on their way to it. */
  readonly parsedStatements: Record<string, string>;
  readonly submittedNamedStatements: Record<string, string>;
  parse(message: { text: string; name: string }): void;
  bind(message: { statement: string; values: readonly unknown[]; valueMapper: (value: unknown) => unknown }): void;
  describe(message: { type: 'P'; name: '' }): void;
  execute(message: null): void;
  sync(): void;
  query(text: string): void;
}

// `pg` exports it without a type: how it writes a value as a parameter.
const { prepareValue } = (pg as unknown as { utils: { prepareValue(value: unknown): unknown } }).utils;

// Messages of the protocol (PostgreSQL manual, "Message Formats").
const COPY_DATA = 0x64;
const COPY_DONE = Buffer.from([0x63, 0, 0, 0, 4]);

/** Sends a statement, and the data of a COPY without waiting to be asked: should it not come to that, the server passes over them. */
function write(connection: ProtocolConnection, { text, name = '', values = [], copy, sent }: Statement): void {
  const { stream, parsedStatements, submittedNamedStatements } = connection;
  if (!name || !(parsedStatements[name] ?? submittedNamedStatements[name])) connection.parse({ text, name });
  if (name) submittedNamedStatements[name] = text;
  connection.bind({ statement: name, values, valueMapper: prepareValue });
  connection.describe({ type: 'P', name: '' });
  connection.execute(null);
  if (!copy) return;
  const head = Buffer.alloc(5);
  head[0] = COPY_DATA;
  head.writeUInt32BE(copy.length + 4, 1);
  stream.write(head);
  stream.write(copy, () => sent?.());
  stream.write(COPY_DONE);
}

interface Field {
  readonly name: string;
  readonly dataTypeID: number;
}

/** The answer to a statement, as it comes in. */
class Answering implements Answer<unknown> {
  readonly statement: Statement;
  readonly rows: unknown[] = [];
  rowCount: number | null = null;
  tag = '';
  #names: readonly string[] = [];
  #parsers: ((text: string) => unknown)[] = [];

  constructor(statement: Statement) {
    this.statement = statement;
  }

  describe(fields: readonly Field[]): void {
    this.#names = fields.map(({ name }) => name);
    this.#parsers = fields.map(({ dataTypeID }) => pg.types.getTypeParser(dataTypeID) as (text: string) => unknown);
  }

  add(texts: readonly (string | null)[]): void {
    const values = texts.map((text, i) => (text === null ? null : this.#parsers[i]?.(text)));
    const { rowMode } = this.statement;
    this.rows.push(rowMode ? values : Object.fromEntries(values.map((value, i) => [this.#names[i], value])));
  }

  /** @param tag as in PostgreSQL manual, "Message Formats", CommandComplete */
  end(tag: string): void {
    this.tag = tag;
    const count = /(\d+)$/.exec(tag)?.[1];
    this.rowCount = count === undefined ? null : Number(count);
  }
}

/** Statements up to a Sync, as `pg` is given them: it tells what comes in while it has this for its query. */
class Trip {
  readonly statements: Answering[] = [];
  readonly answered: Promise<void>;
  readonly #resolve: () => void;
  readonly #reject: (error: Error) => void;
  readonly #onSubmit: (connection: ProtocolConnection) => void;
  readonly #onOver: () => void;
  #connection: ProtocolConnection | undefined;
  #answering = 0;
  #over = false;
  #fault: Error | undefined;

  constructor(onSubmit: (connection: ProtocolConnection) => void, onOver: () => void) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.answered = promise;
    // The results of trips after a failed one may never be awaited.
    promise.catch(() => {});
    this.#resolve = resolve;
    this.#reject = reject;
    this.#onSubmit = onSubmit;
    this.#onOver = onOver;
  }

  submit(connection: unknown): void {
    this.#connection = connection as ProtocolConnection;
    this.#onSubmit(this.#connection);
  }

  /** Of the statement that is being answered: under it `pg` notes that the session has it. */
  get name(): string | undefined {
    return this.statements[this.#answering]?.statement.name;
  }

  get text(): string | undefined {
    return this.statements[this.#answering]?.statement.text;
  }

  /** `pg` puts the end of its query time-out here. */
  callback(_error?: Error | null): void {}

  handleRowDescription({ fields }: { readonly fields: readonly Field[] }): void {
    this.statements[this.#answering]?.describe(fields);
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    this.statements[this.#answering]?.add(fields);
  }

  handleCopyData({ chunk }: { readonly chunk: Buffer }): void {
    try {
      this.statements[this.#answering]?.statement.onLine?.(chunk);
    } catch (error) {
      this.#fault ??= error as Error;
    }
  }

  handleCopyInResponse(): void {}

  handleEmptyQuery(): void {
    this.#answering += 1;
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.statements[this.#answering]?.end(text);
    this.#answering += 1;
  }

  /** The database refused a statement, or the connection broke. `pg` does not tell of the end of a trip that failed. */
  handleError(error: Error): void {
    this.#end(this.statements[this.#answering]?.statement.refused?.(error) ?? error);
  }

  handleReadyForQuery(): void {
    this.#end(this.#fault);
  }

  #end(error: Error | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.callback(error ?? null);
    if (error) this.#fail(error);
    else this.#resolve();
    this.#onOver();
  }
  #fail(error: Error): void {
    const skipped = this.statements.slice(this.#answering);
    for (const { statement } of skipped)
      if (statement.name) delete this.#connection?.submittedNamedStatements[statement.name];
    this.#reject(error);
  }
}
