import { Button, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import type { FormEvent } from 'react';
import { useSpeech } from '../../../say/language.tsx';
import type { View } from '../../view.ts';
import classes from '../lines.module.css';

/** Shows the lines from a given number, since nobody scrolls through a hundred thousand. */
export function JumpToLine({ view }: { readonly view: View }) {
  const { lines } = useSpeech().say;
  const navigate = useNavigate({ from: '/o/$organization/tasks/$task' });
  const jump = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const { from: _, ...rest } = view;
    const line = Number(new FormData(event.currentTarget).get('line'));
    navigate({ search: line > 1 ? { ...rest, from: line } : rest, resetScroll: false });
  };
  return (
    <form className={classes.jump} onSubmit={jump}>
      <TextInput
        key={view.from}
        name="line"
        type="number"
        min={1}
        max={1_000_000_000_000}
        required
        withAsterisk={false}
        size="sm"
        aria-label={lines.fromLine}
        placeholder={lines.fromLine}
        defaultValue={view.from}
      />
      <Button type="submit" variant="default">
        {lines.go}
      </Button>
    </form>
  );
}
