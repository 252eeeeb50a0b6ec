import { Button, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { useSpeech } from '../say/language.tsx';
import classes from './records.module.css';

interface Props {
  /** What is searched for now. */
  readonly text: string;
  onSearch(text: string): void;
}

/** A text that records have in one of their columns. It is searched for when it is sent off: a search may be long. */
export function SearchField({ text: now, onSearch }: Props) {
  const { records: words } = useSpeech().say;
  const [text, setText] = useState(now);
  return (
    <search>
      <form
        className={classes.search}
        onSubmit={(event) => {
          event.preventDefault();
          onSearch(text);
        }}
      >
        <TextInput
          type="search"
          aria-label={words.search}
          placeholder={words.search}
          maxLength={256}
          leftSection={<IconSearch size={16} aria-hidden />}
          value={text}
          onChange={({ currentTarget }) => setText(currentTarget.value)}
        />
        <Button type="submit" variant="default">
          {words.find}
        </Button>
      </form>
    </search>
  );
}
