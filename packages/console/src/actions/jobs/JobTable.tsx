import { Link } from '@tanstack/react-router';
import { useRecordResource } from '../../catalogue/use-record-resource.ts';
import { wordsOf } from '../../criteria/words.ts';
import { Moment } from '../../parts/Moment.tsx';
import parts from '../../parts/parts.module.css';
import { useSpeech } from '../../say/language.tsx';
import classes from '../actions.module.css';
import type { Job } from '../queries.ts';
import { JobMark } from './JobMark.tsx';
import { useJobTitle } from './job-title.ts';
import { notBefore } from './statuses.ts';

interface Props {
  readonly organization: string;
  readonly jobs: readonly Job[];
}

/** One row for each job; on a narrow screen it scrolls sideways by itself. */
export function JobTable({ organization, jobs }: Props) {
  const { say } = useSpeech();
  const words = say.jobs;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be scrollable by keyboard
    <section className={parts.scroll} tabIndex={0} aria-label={words.table}>
      <table className={parts.table}>
        <thead>
          <tr>
            <th scope="col">{words.statusLabel}</th>
            <th scope="col">{words.action}</th>
            <th scope="col">{words.devices}</th>
            <th scope="col" className={parts.number}>
              {words.matched}
            </th>
            <th scope="col" className={parts.number}>
              {words.changed}
            </th>
            <th scope="col">{words.when}</th>
            <th scope="col">{words.by}</th>
          </tr>
        </thead>
        <tbody>
          {jobs.map((job) => (
            <Row key={job.job_id} organization={organization} job={job} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Row({ organization, job }: { readonly organization: string; readonly job: Job }) {
  const { say, format } = useSpeech();
  const titleOf = useJobTitle();
  const { resource } = useRecordResource(organization, job.resource ?? 'devices');
  const { job_id: id, action_reason: reason, status } = job;
  const at = notBefore(job);
  return (
    <tr>
      <td>
        <JobMark job={job} />
        {status === 'running' && <div className={classes.sub}>{format.percent(job.progress_percent / 100)}</div>}
      </td>
      <td className={classes.what}>
        <Link to="/o/$organization/actions/$job" params={{ organization, job: id }}>
          {titleOf(job)}
        </Link>
        {reason !== '' && <div className={classes.sub}>{reason}</div>}
      </td>
      <td className={classes.criteria}>{resource && wordsOf(JSON.parse(job.criteria_json), resource, say, format)}</td>
      <td className={parts.number}>{format.count(job.preview_count)}</td>
      <td className={parts.number}>{format.count(job.affected_count)}</td>
      <td>
        <Moment at={job.created_at} />
        {status === 'scheduled' && at !== undefined && (
          <div className={classes.sub}>
            {say.jobs.notBefore} <Moment at={at} />
          </div>
        )}
      </td>
      <td className={classes.by}>{job.created_by}</td>
    </tr>
  );
}
