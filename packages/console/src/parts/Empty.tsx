import { IconInbox } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import classes from './parts.module.css';

interface Props {
  readonly title: string;
  /** What to do about it. */
  readonly children?: ReactNode;
  readonly action?: ReactNode;
  /** `h1` where it is all of the page. */
  readonly heading?: 'h1' | 'h2';
}

/** In place of what is not there. */
export function Empty({ title, children, action, heading: Heading = 'h2' }: Props) {
  return (
    <div className={classes.state}>
      <IconInbox size={40} stroke={1.25} aria-hidden />
      <Heading>{title}</Heading>
      {children && <p>{children}</p>}
      {action}
    </div>
  );
}
