import { Button, NativeSelect } from '@mantine/core';
import { useActionNames } from '../../catalogue/action-names.ts';
import { actionsOf } from '../../catalogue/actions.ts';
import { useSummaries } from '../../catalogue/queries.ts';
import { useSpeech } from '../../say/language.tsx';
import classes from '../tasks.module.css';
import { type Filters, isFiltered, parseFilters, statuses } from './filters.ts';
import { SearchField } from './SearchField.tsx';

/** Tasks that are completed and have lines with errors, among the statuses to choose from. */
const WITH_ERRORS = 'withErrors';

interface Props {
  readonly filters: Filters;
  /** @param replace whether one would not go back to what was before */
  onChange(filters: Filters, replace?: boolean): void;
}

/** The filters of the task list. Each change goes back to the first page. */
export function FilterBar({ filters, onChange }: Props) {
  const { say } = useSpeech();
  const nameAction = useActionNames();
  const actions = actionsOf(useSummaries());
  const { page: _, ...kept } = filters;
  const change = (name: 'action' | 'q', value: string, replace = false) =>
    onChange(parseFilters({ ...kept, [name]: value }), replace);
  const wordOf = (status: (typeof statuses)[number]) =>
    status === 'failed' ? say.tasks.failedOption : say.status[status];
  return (
    <search className={classes.filters}>
      {isFiltered(filters) && (
        <Button variant="subtle" onClick={() => onChange(filters.sort === undefined ? {} : { sort: filters.sort })}>
          {say.tasks.clear}
        </Button>
      )}
      <SearchField
        label={say.tasks.search}
        value={filters.q ?? ''}
        onChange={(text) => change('q', text, filters.q !== undefined)}
      />
      <NativeSelect
        aria-label={say.tasks.status}
        value={filters.errors ? WITH_ERRORS : (filters.status ?? '')}
        onChange={({ currentTarget: { value } }) => {
          const { status: _status, errors: _errors, ...others } = kept;
          const chosen = value === WITH_ERRORS ? { status: 'completed', errors: true } : { status: value };
          onChange(parseFilters({ ...others, ...chosen }));
        }}
        data={[
          { value: '', label: say.tasks.anyStatus },
          ...statuses.flatMap((status) => [
            { value: status, label: wordOf(status) },
            ...(status === 'completed' ? [{ value: WITH_ERRORS, label: say.status.withErrors }] : []),
          ]),
        ]}
      />
      <NativeSelect
        aria-label={say.tasks.action}
        value={filters.action ?? ''}
        onChange={({ currentTarget }) => change('action', currentTarget.value)}
        data={[
          { value: '', label: say.tasks.anyAction },
          ...(filters.action === undefined || actions.includes(filters.action)
            ? actions
            : [...actions, filters.action]
          ).map((action) => ({ value: action, label: nameAction(action) })),
        ]}
      />
    </search>
  );
}
