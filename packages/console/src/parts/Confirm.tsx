import { Button, Group, Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import { useSpeech } from '../say/language.tsx';

interface Props {
  readonly opened: boolean;
  readonly title: string;
  /** What it means. */
  readonly children: ReactNode;
  readonly yes: string;
  readonly no: string;
  readonly busy: boolean;
  onYes(): void;
  onNo(): void;
}

/** Asks before what cannot be undone. */
export function Confirm({ opened, title, children, yes, no, busy, onYes, onNo }: Props) {
  const { say } = useSpeech();
  return (
    <Modal opened={opened} onClose={onNo} title={title} closeButtonProps={{ 'aria-label': say.close }}>
      <p>{children}</p>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onNo} data-autofocus>
          {no}
        </Button>
        <Button color="red" loading={busy} onClick={onYes}>
          {yes}
        </Button>
      </Group>
    </Modal>
  );
}
