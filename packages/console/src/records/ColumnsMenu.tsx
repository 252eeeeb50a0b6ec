import { Button, Menu } from '@mantine/core';
import { IconCheck, IconColumns } from '@tabler/icons-react';
import { columnName } from '../criteria/words.ts';
import { useSpeech } from '../say/language.tsx';
import classes from './records.module.css';
import type { RecordResource } from './resources.ts';
import { columnsOf, namesOf, parseView, type View } from './view.ts';

interface Props {
  readonly resource: RecordResource;
  readonly view: View;
  onChange(view: View): void;
}

/** Which columns are shown. */
export function ColumnsMenu({ resource, view, onChange }: Props) {
  const { say } = useSpeech();
  const shown = columnsOf(view, resource);
  const names = namesOf(resource);
  const toggle = (name: string) => {
    const columns = names.filter((each) => shown.includes(each) !== (each === name));
    onChange(parseView({ ...view, columns: columns.join(',') }));
  };
  return (
    <Menu closeOnItemClick={false}>
      <Menu.Target>
        <Button variant="default" leftSection={<IconColumns size={16} aria-hidden />}>
          {say.records.columns}
        </Button>
      </Menu.Target>
      <Menu.Dropdown className={classes.columns ?? ''}>
        {names.map((name) => (
          <Menu.CheckboxItem
            key={name}
            checked={shown.includes(name)}
            disabled={shown.length === 1 && shown[0] === name}
            checkIcon={<IconCheck size={16} aria-hidden />}
            onChange={() => toggle(name)}
          >
            {columnName(name, say)}
          </Menu.CheckboxItem>
        ))}
        {view.columns !== undefined && (
          <>
            <Menu.Divider />
            <Menu.Item onClick={() => onChange(parseView({ ...view, columns: undefined }))}>
              {say.records.usualColumns}
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
