import { z } from 'zod';

/** What a worker process tells the server that started it, once, before it takes its first turn: the name that its leases bear. */
const workerMessage = z.object({ worker: z.string() });

export function tellParent(worker: string): void {
  process.send?.({ worker } satisfies z.infer<typeof workerMessage>);
}

/** The name in a message of a child; `undefined` when it is another message. */
export function readWorkerName(message: unknown): string | undefined {
  return workerMessage.safeParse(message).data?.worker;
}
