/** How a job stands, as the API has it. */
export const statuses = ['scheduled', 'running', 'completed', 'failed', 'cancelled'] as const;
export type JobStatus = (typeof statuses)[number];

export function isOver(status: JobStatus): boolean {
  return status !== 'scheduled' && status !== 'running';
}
