import { Loader } from '@mantine/core';
import { useSpeech } from '../say/language.tsx';
import classes from './parts.module.css';

export function Loading() {
  const { say } = useSpeech();
  return (
    <div className={classes.state} role="status">
      <Loader size="sm" aria-hidden />
      <p>{say.loading}</p>
    </div>
  );
}
