import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { useSpeech } from '../../say/language.tsx';
import classes from '../resources.module.css';

/** Whether a declaration and its table still agree. */
export function Health({ problems }: { readonly problems: readonly string[] }) {
  const { resources: words } = useSpeech().say;
  const sound = problems.length === 0;
  const Icon = sound ? IconCircleCheck : IconAlertTriangle;
  return (
    <span className={classes.health} data-sound={sound}>
      <Icon size={16} aria-hidden />
      {sound ? words.sound : words.drifted}
    </span>
  );
}
