import { queryOptions } from '@tanstack/react-query';
import { openbulk } from '../client.ts';
import { type JobStatus, notBefore, statuses } from './jobs/statuses.ts';

const PAGE_SIZE = 25;
/** Between two looks, ms: while something moves, and while nothing does. */
const LIVELY = 1_000;
const CALM = 15_000;

export type Job = Awaited<ReturnType<typeof getJob>>;
export type Preview = Awaited<ReturnType<typeof getPreview>>;

/** Which part of the list is shown, as the address has it. */
export interface JobsView {
  readonly status?: JobStatus;
  /** What the page before said. */
  readonly cursor?: string;
}

export function parseJobsView(search: Readonly<Record<string, unknown>>): JobsView {
  const status = statuses.find((each) => each === search.status);
  const { cursor } = search;
  return { ...(status && { status }), ...(typeof cursor === 'string' && cursor !== '' && { cursor }) };
}

/** The dialect's paths name no organization. */
export function inOrganization(organization: string) {
  return { headers: { 'OpenBulk-Organization': organization } };
}

export function jobsQuery(organization: string, view: JobsView) {
  const query = { limit: PAGE_SIZE, ...view };
  return queryOptions({
    queryKey: ['jobs', organization, query],
    queryFn: ({ signal }) =>
      openbulk.actions.get('/api/actions/bulk/jobs', { ...inOrganization(organization), query, signal }),
    placeholderData: (known, of) => (of?.queryKey[1] === organization ? known : undefined),
    refetchInterval: ({ state }) => (state.data?.jobs.some(isMoving) ? LIVELY : CALM),
  });
}

export function jobQuery(organization: string, id: string) {
  return queryOptions({
    queryKey: ['job', organization, id],
    queryFn: ({ signal }) => getJob(organization, id, signal),
    refetchInterval: ({ state }) => (state.data && isMoving(state.data) ? LIVELY : CALM),
  });
}

function getJob(organization: string, id: string, signal: AbortSignal) {
  return openbulk.actions.get('/api/actions/bulk/jobs/{id}', { ...inOrganization(organization), path: { id }, signal });
}

export function getPreview(
  organization: string,
  body: { criteria_json: Record<string, unknown>; action_type: string },
) {
  return openbulk.actions.post('/api/actions/bulk/preview', { ...inOrganization(organization), body });
}

/** Whether a job is about to change: not one that waits for a moment that is far. */
function isMoving(job: Pick<Job, 'status' | 'scheduled_at' | 'created_at'>): boolean {
  const { status } = job;
  const at = notBefore(job);
  if (status === 'scheduled') return at === undefined || Date.parse(at) - Date.now() < 2 * CALM;
  return status === 'running';
}
