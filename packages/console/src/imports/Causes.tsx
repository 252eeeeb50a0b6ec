import { useQuery } from '@tanstack/react-query';
import { openbulk } from '../client.ts';
import { Failure } from '../parts/Failure.tsx';
import { Loading } from '../parts/Loading.tsx';
import parts from '../parts/parts.module.css';
import { useSpeech } from '../say/language.tsx';
import classes from './imports.module.css';

interface Props {
  readonly organization: string;
  /** Of the task that checks. */
  readonly id: string;
}

/** Causes that are shown; the rest is on the task's page. */
const MOST = 20;

/** Why lines would not be imported, the most frequent cause first, with examples. */
export function Causes({ organization, id }: Props) {
  const { say, format } = useSpeech();
  const words = say.imports;
  const { data, error, refetch } = useQuery({
    queryKey: ['check', organization, id, 'causes'],
    queryFn: ({ signal }) =>
      openbulk.organizations
        .get('/v1/organizations/{organizationId}/bulk-tasks/{bulkTaskId}/causes', {
          path: { organizationId: organization, bulkTaskId: id },
          signal,
        })
        .then(({ data }) => data.causes),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (!data) return error ? <Failure error={error} onRetry={refetch} /> : <Loading />;
  return (
    <section className={parts.card}>
      <h2>{words.causes}</h2>
      <ul className={classes.causes}>
        {data.slice(0, MOST).map(({ code, column, count, examples }) => (
          <li key={`${code} ${column}`}>
            <p>
              <strong>{words.lineCount(format.count(count), count === 1)}</strong>
              {column !== undefined && ` · ${column}`}
            </p>
            <ul>
              {examples.map(({ line, reason }) => (
                <li key={line}>
                  {words.line(format.count(line))} <span lang="en">{reason}</span>
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </section>
  );
}
