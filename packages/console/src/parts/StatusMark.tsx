import {
  IconAlertTriangle,
  IconBan,
  IconCircleCheck,
  IconCircleX,
  IconClock,
  IconPlayerPause,
  IconProgress,
} from '@tabler/icons-react';
import { useSpeech } from '../say/language.tsx';
import { type Standing, standingOf } from '../tasks/standing.ts';
import classes from './parts.module.css';

const icons = {
  pending: IconClock,
  inProgress: IconProgress,
  paused: IconPlayerPause,
  completed: IconCircleCheck,
  withErrors: IconAlertTriangle,
  failed: IconCircleX,
  cancelled: IconBan,
} as const satisfies Record<Standing, unknown>;

/** How a task stands: by icon, word and colour. */
export function StatusMark({ task }: { readonly task: Parameters<typeof standingOf>[0] }) {
  const { say } = useSpeech();
  const standing = standingOf(task);
  const Icon = icons[standing];
  return (
    <span className={classes.mark} data-kind={standing}>
      <Icon size={18} aria-hidden />
      {say.status[standing]}
    </span>
  );
}
