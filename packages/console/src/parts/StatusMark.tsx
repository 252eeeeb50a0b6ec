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
import { type DisplayStatus, displayStatusOf } from '../tasks/display-status.ts';
import classes from './parts.module.css';

const icons = {
  pending: IconClock,
  inProgress: IconProgress,
  paused: IconPlayerPause,
  completed: IconCircleCheck,
  withErrors: IconAlertTriangle,
  failed: IconCircleX,
  cancelled: IconBan,
} as const satisfies Record<DisplayStatus, unknown>;

/** A task's status: icon, word and color. */
export function StatusMark({ task }: { readonly task: Parameters<typeof displayStatusOf>[0] }) {
  const { say } = useSpeech();
  const status = displayStatusOf(task);
  const Icon = icons[status];
  return (
    <span className={classes.mark} data-kind={status}>
      <Icon size={18} aria-hidden />
      {say.status[status]}
    </span>
  );
}
