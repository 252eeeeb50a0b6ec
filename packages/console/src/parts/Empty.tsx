import { IconInbox } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import classes from './parts.module.css';

interface Props {
  readonly title: string;
  /** What to do about it. */
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}

/** In place of what is not there. */
export function Empty({ title, children, action }: Props) {
  return (
    <div className={classes.state}>
      <IconInbox size={40} stroke={1.25} aria-hidden />
      <h2>{title}</h2>
      {children && <p>{children}</p>}
      {action}
    </div>
  );
}
