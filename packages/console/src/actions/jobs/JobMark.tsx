import { IconBan, IconCircleCheck, IconCircleX, IconClock, IconProgress } from '@tabler/icons-react';
import parts from '../../parts/parts.module.css';
import { useSpeech } from '../../say/language.tsx';
import type { Job } from '../queries.ts';
import { notBefore } from './statuses.ts';

const icons = {
  scheduled: IconClock,
  running: IconProgress,
  completed: IconCircleCheck,
  failed: IconCircleX,
  cancelled: IconBan,
} as const satisfies Record<Job['status'], unknown>;

/** The kinds of marks, which have their colours. */
const kinds = {
  scheduled: 'pending',
  running: 'inProgress',
  completed: 'completed',
  failed: 'failed',
  cancelled: 'pending',
} as const satisfies Record<Job['status'], string>;

/** How a job stands: by icon, word and colour. */
export function JobMark({ job }: { readonly job: Job }) {
  const { status } = job;
  const { jobs: words } = useSpeech().say;
  const Icon = icons[status];
  return (
    <span className={parts.mark} data-kind={kinds[status]}>
      <Icon size={18} aria-hidden />
      {status === 'scheduled' && notBefore(job) === undefined ? words.waiting : words.status[status]}
    </span>
  );
}
