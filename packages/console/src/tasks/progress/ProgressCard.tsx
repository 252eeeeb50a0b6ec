import { Progress } from '@mantine/core';
import { isOver, type TaskState } from '@openbulk/client';
import { lazy, Suspense, useEffect, useState } from 'react';
import parts from '../../parts/parts.module.css';
import { useSpeech } from '../../say/language.tsx';
import { shareOf } from '../naming.ts';
import classes from '../tasks.module.css';
import { type Pace, paceOf, type Sample, throughputOf } from './meter.ts';

const ThroughputPlot = lazy(() =>
  import('./ThroughputPlot.tsx').then(({ ThroughputPlot: plot }) => ({ default: plot })),
);

interface Props {
  readonly task: TaskState;
  readonly samples: readonly Sample[];
}

/** Progress, rate and time left; for an ended task, the rate while the page was open. */
export function ProgressCard({ task, samples }: Props) {
  const { say } = useSpeech();
  const over = isOver(task);
  const pace = usePace(samples, over || task.paused === true);
  const hasPlot = throughputOf(samples)[0].length > 1;
  if (over && !hasPlot) return null;
  return (
    <section className={parts.card}>
      {!over && <ProgressText task={task} pace={pace} />}
      {hasPlot && (
        <Suspense fallback={<div className={classes.plot} />}>
          <h2>{say.task.throughput}</h2>
          <ThroughputPlot samples={samples} />
        </Suspense>
      )}
    </section>
  );
}

function ProgressText({ task, pace }: { readonly task: TaskState; readonly pace: Pace | undefined }) {
  const { say, format } = useSpeech();
  const { progress, status, paused } = task;
  const share = shareOf(task) ?? 0;
  const left = pace?.secondsLeft;
  return (
    <>
      <h2>{say.task.progress}</h2>
      <Progress.Root size="lg">
        <Progress.Section value={share * 100} aria-label={say.task.progress} />
      </Progress.Root>
      <div className={classes.progressText}>
        <strong>{format.percent(share)}</strong>
        {progress && (
          <span>{say.task.read(format.bytes(progress.processedBytes), format.bytes(progress.totalBytes))}</span>
        )}
        {pace && <span>{say.task.rate(format.count(Math.round(pace.linesPerSecond)))}</span>}
        {left !== undefined && <span>{say.task.left(format.duration(left))}</span>}
        {paused && <span>{say.task.pausedHelp}</span>}
        {!paused && status === 'pending' && <span>{say.task.waiting}</span>}
      </div>
    </>
  );
}

/** The pace now: when nothing comes, it is forgotten after a while. */
function usePace(samples: readonly Sample[], still: boolean): Pace | undefined {
  const [now, setNow] = useState(() => performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return still ? undefined : paceOf(samples, Math.max(now, samples.at(-1)?.at ?? 0));
}
