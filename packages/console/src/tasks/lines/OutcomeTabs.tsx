import { Tabs } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useSpeech } from '../../say/language.tsx';
import type { View } from '../view.ts';
import classes from './lines.module.css';

interface Props {
  /** Lines of each. */
  readonly numErrors: number;
  readonly numSkips: number;
  readonly view: View;
  /** The lines of the view. */
  readonly children: ReactNode;
}

/** The lines with errors and those that were skipped, one or the other. */
export function OutcomeTabs({ numErrors, numSkips, view, children }: Props) {
  const { say, format } = useSpeech();
  const navigate = useNavigate({ from: '/o/$organization/tasks/$task' });
  const shown = view.show ?? 'errored';
  const tabs = [
    { value: 'errored', name: say.lines.errored, count: numErrors },
    { value: 'skipped', name: say.lines.skipped, count: numSkips },
  ].filter(({ count, value }) => count > 0 || value === shown);
  const choose = (value: string | null) =>
    navigate({ search: value === 'skipped' ? { show: 'skipped' } : {}, resetScroll: false });
  return (
    <Tabs value={shown} onChange={choose} keepMounted={false}>
      <Tabs.List mb="md" aria-label={say.lines.title}>
        {tabs.map(({ value, name, count }) => (
          <Tabs.Tab key={value} value={value}>
            {name}
            <span className={classes.tabCount}>{format.count(count)}</span>
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {tabs.map(({ value }) => (
        <Tabs.Panel key={value} value={value}>
          {children}
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}
