import { Button, Checkbox, Popover } from '@mantine/core';
import { IconColumns } from '@tabler/icons-react';
import { columnName, type RecordResource } from '../../catalogue/record-resource.ts';
import { useSpeech } from '../../say/language.tsx';
import classes from '../records.module.css';
import { columnsOf, namesOf, parseRecordsView, type View } from '../view.ts';

interface Props {
  readonly resource: RecordResource;
  readonly view: View;
  onChange(view: View): void;
}

/** Which columns are shown: at least one. */
export function ColumnsMenu({ resource, view, onChange }: Props) {
  const { say } = useSpeech();
  const shown = columnsOf(view, resource);
  const names = namesOf(resource);
  const toggle = (name: string) => {
    const columns = names.filter((each) => shown.includes(each) !== (each === name));
    onChange(parseRecordsView({ ...view, columns: columns.join(',') }));
  };
  return (
    <Popover position="bottom-start" shadow="md" trapFocus returnFocus>
      <Popover.Target>
        <Button variant="default" leftSection={<IconColumns size={16} aria-hidden />}>
          {say.records.columns}
        </Button>
      </Popover.Target>
      <Popover.Dropdown className={classes.columns ?? ''}>
        {names.map((name) => (
          <Checkbox
            key={name}
            label={columnName(resource, name)}
            checked={shown.includes(name)}
            disabled={shown.length === 1 && shown[0] === name}
            onChange={() => toggle(name)}
          />
        ))}
        {view.columns !== undefined && (
          <Button
            variant="subtle"
            size="compact-sm"
            onClick={() => onChange(parseRecordsView({ ...view, columns: undefined }))}
          >
            {say.records.usualColumns}
          </Button>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}
