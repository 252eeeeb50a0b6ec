import { Progress } from '@mantine/core';
import { OpenBulkError } from '@openbulk/client';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { Failure } from '../../parts/Failure.tsx';
import { Loading } from '../../parts/Loading.tsx';
import { lastView } from '../../parts/last-view.ts';
import { Moment } from '../../parts/Moment.tsx';
import parts from '../../parts/parts.module.css';
import { usePageTitle } from '../../parts/use-page-title.ts';
import { useSpeech } from '../../say/language.tsx';
import classes from '../actions.module.css';
import { type Job, jobQuery, parseJobsView } from '../queries.ts';
import { JobFacts } from './JobFacts.tsx';
import { JobMark } from './JobMark.tsx';
import { JobSteering } from './JobSteering.tsx';
import { useJobTitle } from './job-title.ts';
import { isOver, notBefore } from './statuses.ts';
import { TakeBack } from './TakeBack.tsx';

/** A bulk action, running or ended. */
export function JobPage() {
  const { say } = useSpeech();
  const { organization, job: id } = useParams({ from: '/o/$organization/actions/$job' });
  const { data, error, refetch } = useQuery(jobQuery(organization, id));
  const gone = error instanceof OpenBulkError && error.code === 'not_found';
  const job = gone ? undefined : data;
  const titleOf = useJobTitle();
  const title = job ? titleOf(job) : say.jobs.unnamed;
  usePageTitle(title);
  return (
    <>
      <p className={classes.crumb}>
        <Link
          to="/o/$organization/actions"
          params={{ organization }}
          search={parseJobsView(lastView(`jobs ${organization}`))}
          activeOptions={{ exact: true }}
        >
          {say.jobs.title}
        </Link>
      </p>
      {!job && (error ? <Failure heading="h1" error={error} onRetry={refetch} /> : <Loading />)}
      {job && (
        <>
          <div className={parts.head}>
            <div>
              <h1>{title}</h1>
              <div className={classes.standing}>
                <JobMark job={job} />
                <span>
                  <Moment at={job.created_at} />, {job.created_by}
                </span>
              </div>
            </div>
            <JobSteering organization={organization} job={job} />
          </div>
          <div className={classes.stack}>
            <Outcome job={job} />
            <TakeBack organization={organization} job={job} />
            <JobFacts organization={organization} job={job} />
          </div>
        </>
      )}
    </>
  );
}

/** How far it is, and how many devices it has changed. */
function Outcome({ job }: { readonly job: Job }) {
  const { say, format } = useSpeech();
  const words = say.jobs;
  const at = notBefore(job);
  const { status, progress_percent: percent, action_type: type, outcomes } = job;
  const affected = outcomes
    ? ([
        [type === 'delete' ? words.deletedRecords : words.changedRecords, job.affected_count],
        [words.skippedRecords, outcomes.skipped],
        [words.erroredRecords, outcomes.errored],
      ] as const)
    : ([[type === 'cleanup' ? words.deletedDevices : words.changedDevices, job.affected_count]] as const);
  const numbers = [[words.matchedWhenMade, job.preview_count], ...affected] as const;
  return (
    <section className={parts.card}>
      <h2>{words.outcome}</h2>
      <dl className={classes.numbers}>
        {numbers.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{format.count(value)}</dd>
          </div>
        ))}
      </dl>
      {!isOver(status) && (
        <Progress.Root size="lg">
          <Progress.Section value={percent} aria-label={words.outcome} />
        </Progress.Root>
      )}
      {status === 'scheduled' && (
        <p className={classes.help}>
          {at === undefined ? (
            words.waitingHelp
          ) : (
            <>
              {words.scheduledHelp} <Moment at={at} />
            </>
          )}
        </p>
      )}
      {status === 'running' && <p className={classes.help}>{format.percent(percent / 100)}</p>}
      {status === 'completed' && (
        <p className={classes.help}>{outcomes ? words.alreadyHelpRecords : words.alreadyHelp}</p>
      )}
      {job.error !== undefined && <p>{job.error}</p>}
    </section>
  );
}
