import { Loader } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useSpeech } from '../say/language.tsx';
import classes from './parts.module.css';

/** After so long, ms, it is found out whether the server is there at all: the frame says when it is not. */
const LONG = 1_500;

/** In place of what is on its way. */
export function Loading() {
  const { say } = useSpeech();
  const client = useQueryClient();
  useEffect(() => {
    const timer = setTimeout(() => client.refetchQueries({ queryKey: ['pulse'] }), LONG);
    return () => clearTimeout(timer);
  }, [client]);
  return (
    <div className={classes.state} role="status">
      <Loader size="sm" aria-hidden />
      <p>{say.loading}</p>
    </div>
  );
}
