import { z } from 'zod';
import type { Meter, WorkEvent } from '../../engine/meter.ts';

/** What a worker process tells the server that started it. Its events are those of the same program, and taken as they come. */
const workerMessage = z.object({
  /** Once, before it takes its first turn: the name that its leases bear. */
  worker: z.string().optional(),
  /** Again and again: what it did since. */
  events: z.array(z.custom<WorkEvent>()).optional(),
});

type WorkerMessage = z.infer<typeof workerMessage>;

/** What a child says; nothing when that is no message of a worker. */
export function readWorkerMessage(message: unknown): WorkerMessage {
  return workerMessage.safeParse(message).data ?? {};
}

export function tellParent(worker: string): void {
  process.send?.({ worker } satisfies WorkerMessage);
}

/** Between two messages with events, ms: what a worker that is killed has not told yet is not counted. */
const PAUSE_MILLISECONDS = 1_000;
/** Events that wait for a server that does not take them; more are forgotten. */
const MOST_EVENTS = 20_000;

/** A meter that reports to the server that started this process, if any. */
export interface ParentMeter {
  readonly meter: Meter;
  /** Tells what is left. */
  close(): void;
}

export function openParentMeter(): ParentMeter {
  let events: WorkEvent[] = [];
  let underWay = false;

  function tell(): void {
    if (events.length === 0 || !process.connected) return;
    underWay = true;
    process.send?.({ events } satisfies WorkerMessage, () => {
      underWay = false;
    });
    events = [];
  }

  const timer = setInterval(() => underWay || tell(), PAUSE_MILLISECONDS).unref();
  return {
    meter(event) {
      if (process.connected && events.length < MOST_EVENTS) events.push(event);
    },
    close() {
      clearInterval(timer);
      tell();
    },
  };
}
