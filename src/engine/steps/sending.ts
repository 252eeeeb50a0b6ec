import type { Step, StepResult } from '../../operations/work.ts';
import { commit, isConflict } from '../../store/connection/pool.ts';
import type { Wire } from '../../store/connection/wire.ts';
import { beginChunk, recordChunk } from '../../store/ledger/chunks.ts';
import type { Lease } from '../../store/queue/lease.ts';
import type { Crash } from '../../task/crash.ts';
import { type Counters, count } from '../../task/ledger.ts';
import type { ChunkStage } from '../meter.ts';
import { applyElsewhere } from './elsewhere.ts';
import { failpoint, failpointLines } from './failpoint.ts';
import { stopwatch } from './stopwatch.ts';

/** How far a slice is: what the next chunk's ledger row continues from. */
export interface Progress {
  /** Records done, as `Claim.items` counts them. */
  items: number;
  chunks: number;
  /** What of the work ahead is suspect. */
  crashes: readonly Crash[];
}

/** Chunks that may be with the database at once: while one is done, the bytes of the next are on their way. */
const UNDER_WAY = 2;
/** Tries at a chunk whose transaction meets another's, before the slice is given up. */
const CONFLICT_TRIES = 5;

/** A chunk that was committed. */
export interface SentChunk {
  readonly counters: Counters;
  /** Records behind, as `Progress.items` counts them. */
  readonly records: number;
  /** Time that the worker spent on it; for a retried chunk, on the last attempt. */
  readonly seconds: Readonly<Record<ChunkStage, number>>;
}

export interface SenderOptions {
  readonly session: Wire;
  readonly lease: Lease;
  /** What is committed; kept up to date. */
  readonly progress: Progress;
  /** What was sent on the session before, without which no chunk can be recorded. */
  readonly begun: Promise<unknown>;
  /** That each statement of the next chunk may take. */
  readonly seconds: () => number;
  /** Called when the database has something to do, which is the time to read ahead. */
  readonly busy: () => void;
  /** Sends or does what else belongs into a chunk's transaction, with which the task is so far. @returns what stays suspect then */
  readonly narrow: (reached: Omit<Progress, 'crashes'>, done: boolean) => Promise<readonly Crash[]>;
  readonly onChunk: (chunk: SentChunk) => void;
  /** Called for each retried chunk. */
  readonly onConflict: () => void;
}

/** A step that can be sent, and how long it took until it could. */
export interface ReadyStep {
  readonly step: Step;
  readonly prepareSeconds: number;
}

/** A chunk that is sent. */
interface Sent {
  readonly ready: ReadyStep;
  readonly counters: Counters;
  readonly records: number;
  readonly applySeconds: number;
  /** Where the task is when it is committed. */
  readonly progress: Readonly<Progress>;
  readonly done: boolean;
  readonly committed: Promise<void>;
}

/**
 * Sends the chunks of a slice. The effect and the evidence of a chunk go in one transaction, in one piece, but for what has to be known
 * of the records first. A chunk need not wait until the one before it is committed, since it is refused unless that one is
 * (`recordChunk`): so of fresh rows a chunk costs half a way to the database and back.
 */
export class ChunkSender {
  readonly #options: SenderOptions;
  /** Not known to be committed, in order. */
  readonly #underWay: Sent[] = [];
  #failed: Step | undefined;

  constructor(options: SenderOptions) {
    this.#options = options;
    // Whoever waits for a chunk is told.
    options.begun.catch(() => {});
  }

  /** The step that could not be done, once `send` or `settle` has thrown: none behind it was. */
  get failed(): Step | undefined {
    return this.#failed;
  }

  /**
   * Sends a step's chunk, and waits for it if it is the last.
   *
   * @param ahead whether the step after it may be begun before this one is committed
   * @returns whether it was the last
   */
  async send(ready: ReadyStep, ahead: boolean): Promise<boolean> {
    const { step } = ready;
    while (this.#underWay.length >= UNDER_WAY) await this.#awaitFirst();
    if (step.lines) failpointLines(step.lines.first, step.lines.last);
    let done: boolean;
    try {
      const sent = await this.#apply(ready);
      this.#underWay.push(sent);
      done = sent.done;
    } catch (error) {
      done = await this.#doAnew(error, ready);
    }
    if (done || !ahead) await this.settle();
    return done;
  }

  /** Waits until the task has begun and all that is sent is committed. @throws LeaseLostError, or what kept a chunk from being committed */
  async settle(): Promise<void> {
    await this.#options.begun;
    while (this.#underWay.length > 0) await this.#awaitFirst();
  }

  async #awaitFirst(): Promise<void> {
    const waited = stopwatch();
    try {
      await this.#underWay[0]?.committed;
    } catch (error) {
      await this.#doAnew(error);
      return;
    }
    this.#committed(this.#underWay.shift() as Sent, waited());
  }

  async #apply(ready: ReadyStep): Promise<Sent> {
    const applied = stopwatch();
    const { step } = ready;
    const { session, lease, progress, narrow } = this.#options;
    const before = this.#underWay.at(-1)?.progress ?? progress;
    const { rows, ...evidence } = await this.#effect(step, before.chunks);
    const { done } = evidence;
    failpoint(done ? 'before-finish' : 'before-commit');
    recordChunk(session, lease, { ...evidence, chunk: before.chunks });
    const counters = count(evidence.outcomes);
    const records = rows ?? counters.items;
    const reached = {
      items: before.items + records,
      chunks: before.chunks + 1,
    };
    const crashes = await narrow(reached, done);
    const committed = commit(session);
    committed.catch(() => {});
    const applySeconds = applied();
    return { ready, counters, records, applySeconds, progress: { ...reached, crashes }, done, committed };
  }

  /** Makes the effect of a step, and leaves the transaction open in which it is to be recorded. */
  async #effect(step: Step, chunk: number): Promise<StepResult> {
    const { session, lease, seconds, busy } = this.#options;
    const { elsewhere } = step;
    if (elsewhere) return applyElsewhere(elsewhere, { session, lease, chunk, step, seconds: seconds(), busy });
    beginChunk(session, seconds());
    return step.apply(session, busy);
  }

  /** @param waited for the answer, s */
  #committed({ ready, counters, records, applySeconds, progress, done }: Sent, waited: number): void {
    failpoint(done ? 'after-finish' : 'after-commit');
    Object.assign(this.#options.progress, progress);
    const seconds = { prepare: ready.prepareSeconds, apply: applySeconds, commit: waited };
    this.#options.onChunk({ counters, records, seconds });
  }

  /**
   * Retries the pending chunks one after the other, if the first failed one conflicted with another transaction. What was sent behind
   * that one could only fail.
   *
   * @param last a step that failed before it was sent as a whole
   * @returns whether the last chunk of the task was among them
   */
  async #doAnew(error: unknown, last?: ReadyStep): Promise<boolean> {
    const { session, begun } = this.#options;
    await begun;
    let cause = error;
    for (let [first] = this.#underWay; first; [first] = this.#underWay) {
      try {
        await first.committed;
      } catch (itsError) {
        cause = itsError;
        break;
      }
      this.#underWay.shift();
      this.#committed(first, 0);
    }
    await session.rollback();
    const steps = this.#underWay.splice(0).map(({ ready }) => ready);
    if (last) steps.push(last);
    let done = false;
    for (const ready of steps) done = await this.#tryAgain(ready, cause);
    return done;
  }

  async #tryAgain(ready: ReadyStep, before: unknown): Promise<boolean> {
    let error = before;
    for (let tries = 1; isConflict(error) && tries < CONFLICT_TRIES; tries += 1) {
      this.#options.onConflict();
      try {
        const sent = await this.#apply(ready);
        const waited = stopwatch();
        await sent.committed;
        this.#committed(sent, waited());
        return sent.done;
      } catch (again) {
        error = again;
        await this.#options.session.rollback();
      }
    }
    this.#failed = ready.step;
    throw error;
  }
}
