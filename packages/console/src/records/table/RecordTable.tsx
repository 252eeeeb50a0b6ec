import { IconArrowDown, IconArrowsSort, IconArrowUp } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { columnName, findColumn, type RecordResource } from '../../catalogue/record-resource.ts';
import { Moment } from '../../parts/Moment.tsx';
import parts from '../../parts/parts.module.css';
import { useSpeech } from '../../say/language.tsx';
import classes from '../records.module.css';
import { columnsOf, type SortField, sortableBy, sortedBy, sortOf, type View } from '../view.ts';
import { ListedValue } from './Value.tsx';
import { idOf, type ListedRecord, ownOf, valueAt } from './values.ts';

interface Props {
  readonly resource: RecordResource;
  readonly records: readonly ListedRecord[];
  readonly view: View;
  onChange(view: View): void;
}

/** One row for each record, whose first column leads to all that it has. It scrolls sideways by itself. */
export function RecordTable({ resource, records, view, onChange }: Props) {
  const { say } = useSpeech();
  const columns = columnsOf(view, resource);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be scrollable by keyboard
    <section className={parts.scroll} tabIndex={0} aria-label={say.records.table}>
      <table className={parts.table}>
        <thead>
          <tr>
            {columns.map((name) => (
              <th key={name} scope="col" className={findColumn(resource, name)?.kind === 'number' ? parts.number : ''}>
                {columnName(resource, name)}
              </th>
            ))}
            {sortableBy(resource).map((field) => (
              <SortableHeader key={field} field={field} view={view} onChange={onChange} />
            ))}
          </tr>
        </thead>
        <tbody>
          {records.map((record) => (
            <Row key={idOf(record, resource)} resource={resource} record={record} columns={columns} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface RowProps {
  readonly resource: RecordResource;
  readonly record: ListedRecord;
  readonly columns: readonly string[];
}

function Row({ resource, record, columns }: RowProps) {
  const { say } = useSpeech();
  const [first, ...others] = columns;
  const own = ownOf(record, resource);
  const cell = (name: string) => <ListedValue value={valueAt(record, name)} column={findColumn(resource, name)} />;
  return (
    <tr>
      <th scope="row" className={classes.first}>
        <Link
          from="/o/$organization/records/$resource"
          search={(before) => ({ ...before, record: idOf(record, resource) })}
          resetScroll={false}
        >
          {first !== undefined && valueAt(record, first) !== undefined ? cell(first) : say.records.details}
        </Link>
      </th>
      {others.map((name) => (
        <td key={name} className={findColumn(resource, name)?.kind === 'number' ? parts.number : classes.cell}>
          {cell(name)}
        </td>
      ))}
      {sortableBy(resource).map((field) => (
        <td key={field}>{own[field] !== undefined && <Moment at={own[field]} />}</td>
      ))}
    </tr>
  );
}

interface HeaderProps extends Pick<Props, 'view' | 'onChange'> {
  readonly field: SortField;
}

function SortableHeader({ field, view, onChange }: HeaderProps) {
  const { say } = useSpeech();
  const now = sortOf(view);
  const own = now.field === field;
  const name = say.records.times[field];
  const Icon = !own ? IconArrowsSort : now.descending ? IconArrowDown : IconArrowUp;
  return (
    <th scope="col" aria-sort={own ? (now.descending ? 'descending' : 'ascending') : 'none'}>
      <button
        type="button"
        className={classes.sort}
        title={say.tasks.sortedBy(name)}
        onClick={() => onChange(sortedBy(view, field))}
      >
        {name}
        <Icon size={14} aria-hidden data-own={own} />
      </button>
    </th>
  );
}
