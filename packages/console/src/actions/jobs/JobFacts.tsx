import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useRecordResource } from '../../catalogue/use-record-resource.ts';
import { wordsOf } from '../../criteria/words.ts';
import { Moment } from '../../parts/Moment.tsx';
import parts from '../../parts/parts.module.css';
import { useSpeech } from '../../say/language.tsx';
import { useMay } from '../../session.ts';
import classes from '../actions.module.css';
import type { Job } from '../queries.ts';
import { begunAt, notBefore } from './statuses.ts';

/** The submitted action, who submitted it and when. */
export function JobFacts({ organization, job }: { readonly organization: string; readonly job: Job }) {
  const { say, format } = useSpeech();
  const words = say.jobs;
  const { resource } = useRecordResource(organization, job.resource ?? 'devices');
  const maySeeTask = useMay('base.bulk.management.get');
  const { action_duration: seconds, max_limit: limit, job_id: id } = job;
  const at = notBefore(job);
  const begun = begunAt(job);
  const criteria = JSON.parse(job.criteria_json);
  const ends = begun !== undefined && seconds > 0 && new Date(Date.parse(begun) + seconds * 1_000).toISOString();
  const facts: readonly (readonly [string, ReactNode])[] = [
    [job.resource === undefined ? words.devices : words.records, resource && wordsOf(criteria, resource, say, format)],
    [words.values, job.values && <code key="values">{JSON.stringify(job.values)}</code>],
    [words.reason, job.action_reason],
    [
      words.duration,
      job.action_type !== 'cleanup' &&
        job.action_type !== 'delete' &&
        (seconds > 0 ? format.duration(seconds) : words.forGood),
    ],
    [words.ends, ends && <Moment at={ends} />],
    [words.limit, limit > 0 ? words.atMost(format.count(limit)) : words.noLimit],
    [words.notBefore, at && <Moment at={at} />],
    [words.created, <Moment key="created" at={job.created_at} />],
    [words.begun, begun && <Moment at={begun} />],
    [words.over, job.completed_at && <Moment at={job.completed_at} />],
    [words.by, job.created_by],
    [words.json, <code key="json">{job.criteria_json}</code>],
    [words.id, <code key="id">{id}</code>],
  ];
  return (
    <section className={parts.card}>
      <h2>{words.facts}</h2>
      <dl className={classes.facts}>
        {facts.map(
          ([name, value]) =>
            value && (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
      </dl>
      {maySeeTask && (
        <p className={classes.more}>
          <Link to="/o/$organization/tasks/$task" params={{ organization, task: id }}>
            {words.asTask}
          </Link>
        </p>
      )}
    </section>
  );
}
