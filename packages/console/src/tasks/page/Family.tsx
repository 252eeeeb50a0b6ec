import { isOver, type Task, type TaskState } from '@openbulk/client';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useActionNames } from '../../catalogue/action-names.ts';
import parts from '../../parts/parts.module.css';
import { StatusMark } from '../../parts/StatusMark.tsx';
import { useSpeech } from '../../say/language.tsx';
import { familyQuery } from '../lines/queries.ts';
import { titleOf } from '../naming.ts';
import classes from '../tasks.module.css';

interface Props {
  readonly organization: string;
  readonly task: TaskState;
}

/** A file and the corrections of its lines: each task, and the total of all lines. */
export function Family({ organization, task }: Props) {
  const { say, format } = useSpeech();
  const { data } = useFamily(organization, task);
  if (!data || data.tasks.length < 2) return null;
  const { tasks, ledger } = data;
  return (
    <section className={parts.card}>
      <h2>{say.family.title}</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be scrollable by keyboard */}
      <section className={parts.scroll} tabIndex={0} aria-label={say.family.title}>
        <table className={parts.table}>
          <thead>
            <tr>
              <th scope="col">{say.tasks.file}</th>
              <th scope="col">{say.tasks.status}</th>
              {[say.ledger.lines, ...outcomeNames(say.ledger)].map((name) => (
                <th key={name} scope="col" className={parts.number}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {tasks.map((member) => (
              <Member key={member.id} organization={organization} member={member} own={member.id === task.id} />
            ))}
          </tbody>
          <tfoot className={classes.together}>
            <tr>
              <th scope="row" colSpan={2}>
                {say.family.together}
              </th>
              <Numbers report={ledger} />
            </tr>
          </tfoot>
        </table>
      </section>
      <p className={classes.familyHelp}>
        {say.family.help}{' '}
        {ledger.numErrors > 0
          ? say.family.left(format.count(ledger.numErrors), ledger.numErrors === 1)
          : say.family.allRight}
      </p>
    </section>
  );
}

/** The task whose lines a task corrects, in one line that leads to it. */
export function FixesOf({ organization, task }: Props) {
  const { say } = useSpeech();
  const nameAction = useActionNames();
  const { data } = useFamily(organization, task);
  const parent = data?.tasks.find(({ id }) => id === task.parentId);
  if (!parent) return null;
  return (
    <span>
      {say.family.fixesOf}{' '}
      <Link to="/o/$organization/tasks/$task" params={{ organization, task: parent.id }}>
        <bdi>{titleOf(parent, nameAction)}</bdi>
      </Link>
    </span>
  );
}

/** Only a task with errors has been corrected; only one with a parent corrects. */
export function useFamily(organization: string, task: TaskState) {
  const over = isOver(task);
  const enabled = task.parentId !== undefined || (over && task.report.numErrors > 0);
  return useQuery({ ...familyQuery({ organization, id: task.id }, over), enabled });
}

interface MemberProps {
  readonly organization: string;
  readonly member: Task;
  /** It is the one whose page this is. */
  readonly own: boolean;
}

function Member({ organization, member, own }: MemberProps) {
  const { say } = useSpeech();
  const nameAction = useActionNames();
  return (
    <tr aria-current={own ? 'page' : undefined}>
      <th scope="row" className={classes.title}>
        {own ? (
          <>
            <bdi>{titleOf(member, nameAction)}</bdi> <span className={classes.sub}>{say.family.thisPage}</span>
          </>
        ) : (
          <Link to="/o/$organization/tasks/$task" params={{ organization, task: member.id }}>
            <bdi>{titleOf(member, nameAction)}</bdi>
          </Link>
        )}
      </th>
      <td>
        <StatusMark task={member} />
      </td>
      <Numbers report={member.report} />
    </tr>
  );
}

type Counts = Pick<TaskState['report'], 'numItems' | 'numInserts' | 'numUpdates' | 'numSkips' | 'numErrors'>;

function Numbers({ report }: { readonly report: Counts }) {
  const { format } = useSpeech();
  const { numItems, numInserts, numUpdates, numSkips, numErrors } = report;
  const counts = { numItems, numInserts, numUpdates, numSkips, numErrors };
  return Object.entries(counts).map(([name, count]) => (
    <td key={name} className={parts.number}>
      {format.count(count)}
    </td>
  ));
}

function outcomeNames({
  inserted,
  updated,
  skipped,
  errored,
}: Record<'inserted' | 'updated' | 'skipped' | 'errored', string>) {
  return [inserted, updated, skipped, errored];
}
