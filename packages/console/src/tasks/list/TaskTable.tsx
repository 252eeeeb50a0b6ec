import type { Task } from '@openbulk/client';
import { IconArrowDown, IconArrowsSort, IconArrowUp } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useActionNames } from '../../catalogue/action-names.ts';
import { Moment } from '../../parts/Moment.tsx';
import parts from '../../parts/parts.module.css';
import { StatusMark } from '../../parts/StatusMark.tsx';
import { useSpeech } from '../../say/language.tsx';
import { shareOf, submitterName, titleOf } from '../naming.ts';
import classes from '../tasks.module.css';
import { type Filters, type SortField, sortedBy, sortOf } from './filters.ts';

interface Props {
  readonly organization: string;
  readonly tasks: readonly Task[];
  readonly filters: Filters;
  onChange(filters: Filters): void;
}

/** One row for each task; on a narrow screen it scrolls sideways by itself. */
export function TaskTable({ organization, tasks, filters, onChange }: Props) {
  const { say } = useSpeech();
  const words = say.tasks;
  const sorting = { filters, onChange };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be scrollable by keyboard
    <section className={parts.scroll} tabIndex={0} aria-label={words.table}>
      <table className={parts.table}>
        <thead>
          <tr>
            <SortableHeader field="status" name={words.status} {...sorting} />
            <SortableHeader field="action" name={words.file} {...sorting} />
            <th scope="col" className={parts.number}>
              {say.ledger.lines}
            </th>
            <th scope="col" className={parts.number}>
              {say.ledger.inserted}
            </th>
            <th scope="col" className={parts.number}>
              {say.ledger.updated}
            </th>
            <th scope="col" className={parts.number}>
              {say.ledger.skipped}
            </th>
            <th scope="col" className={parts.number}>
              {say.ledger.errored}
            </th>
            <SortableHeader field="createdAt" name={words.created} {...sorting} />
            <th scope="col">{words.by}</th>
          </tr>
        </thead>
        <tbody>
          {tasks.map((task) => (
            <Row key={task.id} organization={organization} task={task} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface HeaderProps {
  readonly field: SortField;
  readonly name: string;
  readonly filters: Filters;
  onChange(filters: Filters): void;
}

function SortableHeader({ field, name, filters, onChange }: HeaderProps) {
  const { say } = useSpeech();
  const now = sortOf(filters);
  const own = now.field === field;
  const direction = now.descending ? 'descending' : 'ascending';
  const Icon = !own ? IconArrowsSort : now.descending ? IconArrowDown : IconArrowUp;
  return (
    <th scope="col" aria-sort={own ? direction : 'none'}>
      <button
        type="button"
        className={classes.sort}
        title={say.tasks.sortedBy(name)}
        onClick={() => onChange(sortedBy(filters, field))}
      >
        {name}
        <Icon size={14} aria-hidden data-own={own} />
      </button>
    </th>
  );
}

function Row({ organization, task }: { readonly organization: string; readonly task: Task }) {
  const { say, format } = useSpeech();
  const { report, status, id } = task;
  const share = status === 'inProgress' ? shareOf(task) : undefined;
  const nameAction = useActionNames();
  const action = nameAction(task.action);
  const title = titleOf(task, nameAction);
  return (
    <tr>
      <td>
        <StatusMark task={task} />
        {share !== undefined && <div className={classes.share}>{format.percent(share)}</div>}
      </td>
      <td className={classes.title}>
        <Link to="/o/$organization/tasks/$task" params={{ organization, task: id }}>
          {title}
        </Link>
        {task.dryRun && <span className={classes.tag}>{say.dryRun.mark}</span>}
        {task.parentId !== undefined && <span className={classes.tag}>{say.tasks.fixes}</span>}
        {title !== action && <div className={classes.sub}>{action}</div>}
      </td>
      <td className={parts.number}>{format.count(report.numItems)}</td>
      <td className={parts.number}>{format.count(report.numInserts)}</td>
      <td className={parts.number}>{format.count(report.numUpdates)}</td>
      <td className={parts.number}>{format.count(report.numSkips)}</td>
      <td className={`${parts.number} ${report.numErrors > 0 ? classes.bad : ''}`}>{format.count(report.numErrors)}</td>
      <td>
        <Moment at={task.createdAt} />
      </td>
      <td className={classes.by}>{submitterName(task)}</td>
    </tr>
  );
}
