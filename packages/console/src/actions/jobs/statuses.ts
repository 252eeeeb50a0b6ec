/** How a job stands, as the API has it. */
export const statuses = ['scheduled', 'running', 'completed', 'failed', 'cancelled'] as const;
export type JobStatus = (typeof statuses)[number];

export function isOver(status: JobStatus): boolean {
  return status !== 'scheduled' && status !== 'running';
}

/** What a job's moments are told from, as the API has them. */
interface Moments {
  readonly status: JobStatus;
  readonly scheduled_at?: string | undefined;
  readonly created_at: string;
  readonly executed_at?: string | undefined;
  readonly completed_at?: string | undefined;
}

/** The moment that a job was to wait for, if any: one that runs at once is scheduled for when it was made. */
export function notBefore({
  scheduled_at: at,
  created_at: made,
}: Pick<Moments, 'scheduled_at' | 'created_at'>): string | undefined {
  return at === made ? undefined : at;
}

/** When a job began, if it did: one that was stopped before has its end there. */
export function begunAt({ status, executed_at: at, completed_at: over }: Moments): string | undefined {
  return status !== 'completed' && at === over ? undefined : at;
}
