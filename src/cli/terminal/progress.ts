import cliProgress from 'cli-progress';
import type { Task } from '../../../packages/client/src/index.ts';
import { count, duration, lines } from './format.ts';

/** The progress of a task at one moment. */
export interface Snapshot {
  /** The progress for people: `12,000 lines`. */
  readonly text: string;
  /** What the rate counts, such as lines. */
  readonly amount: number;
  readonly unit: (perSecond: number) => string;
  /** From 0 to 1, if it is known. */
  readonly share?: number;
  /** Whether it is paused. */
  readonly paused?: boolean;
}

/** Shows progress: a bar where a person looks at a terminal, a line every few seconds where not. */
export interface Progress {
  update(snapshot: Snapshot): void;
  /** Says something else meanwhile. */
  note(text: string): void;
  /** Ends it; may be called again. */
  stop(): void;
}

/** Between two lines, where there is no terminal, ms. */
const LINE_MILLISECONDS = 3_000;
/** The rate covers this many ms: long enough to be steady, short enough to be current. */
const RATE_MILLISECONDS = 10_000;

/** @param out where to show it; stderr, since stdout is for data */
export function openProgress(title: string, out: NodeJS.WriteStream = process.stderr): Progress {
  return out.isTTY ? openBar(title, out) : openLines(title, out);
}

/** How far a task is. */
export function snapshotOf({
  report,
  status,
  progress,
  paused,
}: Pick<Task, 'report' | 'status' | 'progress' | 'paused'>): Snapshot {
  const read = progress && progress.totalBytes > 0 && Math.min(1, progress.processedBytes / progress.totalBytes);
  const share = status === 'completed' ? 1 : read;
  return {
    text: lines(report.numItems),
    amount: report.numItems,
    unit: (perSecond) => `${count(perSecond)} lines/s`,
    ...(typeof share === 'number' && { share }),
    ...(paused && { paused }),
  };
}

function openBar(title: string, out: NodeJS.WriteStream): Progress {
  const meter = openMeter();
  let snapshot: Snapshot | undefined;
  const bar = new cliProgress.SingleBar({
    stream: out,
    hideCursor: true,
    // A note has moved the line on, so that what looks drawn already is not.
    forceRedraw: true,
    // Signals are the command's to answer, which then stops the bar.
    gracefulExit: false,
    barsize: 24,
    fps: 5,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    format: (options, { progress }) => {
      const drawn = snapshot?.share === undefined ? '' : `${cliProgress.Format.BarFormat(progress, options)} `;
      return `${title} ${drawn}${snapshot ? describe(snapshot, meter) : ''}`;
    },
  });
  bar.start(1, 0);
  let running = true;
  const stop = () => {
    process.removeListener('exit', stop);
    if (running) bar.stop();
    running = false;
  };
  // Whoever leaves at once must not leave a terminal without a cursor.
  process.once('exit', stop);
  return {
    update(now) {
      snapshot = now;
      meter.add(now);
      bar.update(now.share ?? 0);
    },
    note(text) {
      out.write(running ? `\r\x1b[K${text}\n` : `${text}\n`);
    },
    stop,
  };
}

function openLines(title: string, out: NodeJS.WriteStream): Progress {
  const meter = openMeter();
  let snapshot: Snapshot | undefined;
  let shown = '';
  const show = () => {
    const text = snapshot ? `${title}: ${describe(snapshot, meter)}` : '';
    // Do not repeat a line that has not changed.
    if (text !== shown) out.write(`${text}\n`);
    shown = text;
  };
  const timer = setInterval(show, LINE_MILLISECONDS).unref();
  return {
    update(now) {
      snapshot = now;
      meter.add(now);
    },
    note: (text) => void out.write(`${text}\n`),
    stop: () => clearInterval(timer),
  };
}

function describe({ text, share, unit, paused }: Snapshot, meter: Meter): string {
  const { perSecond, secondsLeft } = paused ? {} : meter.read();
  return [
    text,
    share === undefined ? '' : `${Math.floor(share * 100)} %`,
    paused ? 'paused until "openbulk tasks resume"' : '',
    perSecond === undefined ? '' : unit(perSecond),
    secondsLeft === undefined ? '' : `about ${duration(secondsLeft)} left`,
  ]
    .filter(Boolean)
    .join(', ');
}

interface Meter {
  add(snapshot: Snapshot): void;
  read(): { readonly perSecond?: number; readonly secondsLeft?: number };
}

/** Tells the rate of the last seconds, and from it the time left. */
function openMeter(): Meter {
  let samples: { readonly at: number; readonly amount: number; readonly share?: number }[] = [];
  return {
    add({ amount, share }) {
      const at = performance.now();
      // The time before anything has moved is not part of the rate; nor is what came before a new beginning.
      if (samples.every((sample) => sample.amount === amount) || amount < (samples.at(-1)?.amount ?? 0)) samples = [];
      // One older than the window stays: else there would be no rate right after a pause.
      const recent = samples.findLastIndex((sample) => at - sample.at >= RATE_MILLISECONDS);
      samples = [...samples.slice(Math.max(0, recent)), { at, amount, ...(share !== undefined && { share }) }];
    },
    read() {
      const first = samples[0];
      const last = samples.at(-1);
      if (!first || !last || last.at - first.at < 500) return {};
      // No progress for a while: the time left is unknown.
      if (performance.now() - last.at > RATE_MILLISECONDS) return {};
      const seconds = (last.at - first.at) / 1000;
      const sharePerSecond = ((last.share ?? 0) - (first.share ?? 0)) / seconds;
      const unfinished = last.share !== undefined && last.share < 1 && sharePerSecond > 0;
      return {
        perSecond: (last.amount - first.amount) / seconds,
        ...(unfinished && { secondsLeft: (1 - (last.share ?? 0)) / sharePerSecond }),
      };
    },
  };
}
