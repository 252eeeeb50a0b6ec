import { Button, Group, Modal, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useSpeech } from '../../say/language.tsx';
import classes from '../actions.module.css';
import { isNumber, MANY, type Options, secondsOf } from './order.ts';

interface Props {
  readonly opened: boolean;
  readonly options: Options;
  /** How many are touched at most. */
  readonly devices: number;
  readonly busy: boolean;
  onYes(): void;
  onNo(): void;
}

/** Asks for confirmation before an action is submitted; for many devices, the person must type their number. */
export function ConfirmAction({ opened, options, devices, busy, onYes, onNo }: Props) {
  const { say, format } = useSpeech();
  const words = say.jobs;
  const [typed, setTyped] = useState('');
  useEffect(() => {
    if (opened) setTyped('');
  }, [opened]);
  const { type, reason, later, at } = options;
  const seconds = secondsOf(options);
  const many = devices > MANY;
  const sure = !many || isNumber(typed, devices);
  const action = say.jobs.types[type];
  const lasts = seconds > 0 ? words.lasts(format.duration(seconds)) : words.lastsForGood;
  return (
    <Modal
      opened={opened}
      onClose={onNo}
      title={words.does(action, format.count(devices))}
      closeButtonProps={{ 'aria-label': say.close }}
    >
      <form
        noValidate
        className={classes.confirm}
        onSubmit={(event) => {
          event.preventDefault();
          // Not of the form behind it, which is its parent in React alone.
          event.stopPropagation();
          if (sure) onYes();
        }}
      >
        <p>{type === 'cleanup' ? words.deletes : lasts}</p>
        {later && <p>{words.begins(format.exact(new Date(at)))}</p>}
        {reason.trim() !== '' && (
          <p>
            {words.reason}: {reason}
          </p>
        )}
        {many && (
          <TextInput
            label={words.typeNumber(format.count(devices))}
            inputMode="numeric"
            autoComplete="off"
            data-autofocus
            value={typed}
            onChange={({ currentTarget }) => setTyped(currentTarget.value)}
          />
        )}
        <Group justify="flex-end" mt="sm">
          <Button variant="default" onClick={onNo} data-autofocus={!many || undefined}>
            {words.no}
          </Button>
          <Button type="submit" color={type === 'cleanup' ? 'red' : 'blue'} disabled={!sure} loading={busy}>
            {later ? words.yesLater : action}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
