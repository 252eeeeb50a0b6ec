import { ActionIcon } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { useSpeech } from '../../say/language.tsx';
import classes from '../tasks.module.css';

interface Props {
  readonly page: number;
  readonly pages: number;
  /** How much there is on all pages. */
  readonly summary: string;
  onChange(page: number): void;
}

export function Pager({ page, pages, summary, onChange }: Props) {
  const { say, format } = useSpeech();
  return (
    <nav className={classes.pager} aria-label={say.tasks.pages}>
      <span>{summary}</span>
      <ActionIcon
        variant="default"
        size="lg"
        disabled={page <= 1}
        aria-label={say.tasks.previous}
        onClick={() => onChange(Math.min(page - 1, pages))}
      >
        <IconChevronLeft size={18} aria-hidden />
      </ActionIcon>
      <span>{say.tasks.page(format.count(page), format.count(pages))}</span>
      <ActionIcon
        variant="default"
        size="lg"
        disabled={page >= pages}
        aria-label={say.tasks.next}
        onClick={() => onChange(page + 1)}
      >
        <IconChevronRight size={18} aria-hidden />
      </ActionIcon>
    </nav>
  );
}
