import { ActionIcon, Menu } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import type { ReactNode } from 'react';

interface Props<Value extends string> {
  readonly label: string;
  readonly icon: ReactNode;
  readonly value: Value;
  /** What each is called. */
  readonly choices: Readonly<Record<Value, string>>;
  onChoose(value: Value): void;
}

/** One of a few, behind an icon. */
export function ChoiceMenu<Value extends string>({ label, icon, value, choices, onChoose }: Props<Value>) {
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" c="inherit" aria-label={`${label}: ${choices[value]}`}>
          {icon}
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.RadioGroup value={value} onChange={(chosen) => onChoose(chosen as Value)}>
          {(Object.entries(choices) as [Value, string][]).map(([each, name]) => (
            <Menu.RadioItem key={each} value={each} closeMenuOnClick checkIcon={<IconCheck size={16} aria-hidden />}>
              {name}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
      </Menu.Dropdown>
    </Menu>
  );
}
