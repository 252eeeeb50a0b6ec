import { Button, Menu } from '@mantine/core';
import { IconCheck, IconSelector } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useSpeech } from '../../say/language.tsx';
import type { Session } from '../../session.ts';
import classes from '../Frame.module.css';

interface Props {
  readonly session: Session;
  /** Slug, as the address has it. */
  readonly current: string;
}

/** In which organization one is; with more than one, the way to the others. */
export function OrganizationMenu({ session: { organizations }, current }: Props) {
  const { say } = useSpeech();
  const navigate = useNavigate();
  const name = organizations.find(({ slug }) => slug === current)?.name ?? current;
  if (organizations.length < 2) return <span className={classes.name}>{name}</span>;
  const go = (organization: string) => navigate({ to: '/o/$organization/tasks', params: { organization }, search: {} });
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          size="compact-md"
          c="inherit"
          rightSection={<IconSelector size={16} aria-hidden />}
          aria-label={`${say.frame.organization}: ${name}`}
        >
          <span className={classes.name}>{name}</span>
        </Button>
      </Menu.Target>
      <Menu.Dropdown mah="70vh" style={{ overflowY: 'auto' }}>
        <Menu.RadioGroup value={current} onChange={go}>
          {organizations.map(({ slug, name: each }) => (
            <Menu.RadioItem key={slug} value={slug} closeMenuOnClick checkIcon={<IconCheck size={16} aria-hidden />}>
              {each}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
      </Menu.Dropdown>
    </Menu>
  );
}
