/** How far a task was at a moment. */
export interface Sample {
  /** Milliseconds, of whatever clock. */
  readonly at: number;
  readonly lines: number;
  /** Of 1, where it is known. */
  readonly share?: number | undefined;
}

export interface Pace {
  readonly linesPerSecond: number;
  /** Not known where the share is not. */
  readonly secondsLeft?: number;
}

/** The rate covers this many ms: long enough to be steady, short enough to be current. */
const WINDOW = 10_000;
/** Less tells nothing, ms. */
const SHORTEST = 500;
/** Samples that are kept: at five a second, more than an hour of a plot, thinned out as it grows. */
const MOST = 2_000;

/**
 * Adds a sample. The time before anything has moved is not part of the rate; nor is what came before a new beginning. When there are
 * too many, every other one of the older half goes.
 */
export function addSample(samples: readonly Sample[], sample: Sample): readonly Sample[] {
  const last = samples.at(-1);
  const moved = samples.some(({ lines }) => lines !== sample.lines);
  if (!moved || (last && sample.lines < last.lines)) return [sample];
  const all = [...samples, sample];
  return all.length <= MOST ? all : all.filter((_, index) => index % 2 === 0 || index > MOST / 2);
}

/** The pace of the last seconds; not known before there are enough, and no more when nothing has come for long. */
export function paceOf(samples: readonly Sample[], now: number): Pace | undefined {
  const last = samples.at(-1);
  if (!last || now - last.at > WINDOW) return undefined;
  const first = samples.findLast(({ at }) => last.at - at >= WINDOW) ?? samples[0];
  if (!first || last.at - first.at < SHORTEST) return undefined;
  const seconds = (last.at - first.at) / 1000;
  const sharePerSecond = ((last.share ?? 0) - (first.share ?? 0)) / seconds;
  return {
    linesPerSecond: (last.lines - first.lines) / seconds,
    ...(last.share !== undefined && sharePerSecond > 0 && { secondsLeft: (1 - last.share) / sharePerSecond }),
  };
}

/** Lines per second over time, a point for each second in which something came. @returns seconds since the first sample, and rates */
export function throughputOf(samples: readonly Sample[]): [number[], number[]] {
  const [first] = samples;
  const times: number[] = [];
  const rates: number[] = [];
  if (!first) return [times, rates];
  let from = first;
  for (const sample of samples) {
    if (sample.at - from.at < 1_000) continue;
    times.push((sample.at - first.at) / 1000);
    rates.push((sample.lines - from.lines) / ((sample.at - from.at) / 1000));
    from = sample;
  }
  return [times, rates];
}
