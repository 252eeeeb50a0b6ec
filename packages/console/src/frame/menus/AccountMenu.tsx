import { ActionIcon, Menu } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconLogout, IconUserCircle } from '@tabler/icons-react';
import { useSpeech } from '../../say/language.tsx';
import { type Session, signOut } from '../../session.ts';

export function AccountMenu({ session: { name, email } }: { readonly session: Session }) {
  const { frame } = useSpeech().say;
  const leave = () =>
    signOut().then(
      (next) => window.location.assign(next),
      () => notifications.show({ color: 'red', message: frame.signOutFailed }),
    );
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" c="inherit" aria-label={`${frame.account}: ${name}`}>
          <IconUserCircle size={22} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown maw="18rem">
        <Menu.Label>
          {name}
          {email !== undefined && email !== name && <div>{email}</div>}
        </Menu.Label>
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={leave}>
          {frame.signOut}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
