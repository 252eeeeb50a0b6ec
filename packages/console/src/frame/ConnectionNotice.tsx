import { IconPlugConnectedX } from '@tabler/icons-react';
import { onlineManager, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useSyncExternalStore } from 'react';
import { useSpeech } from '../say/language.tsx';
import classes from './Frame.module.css';

/** Between two looks, ms: while the server answers, and while it does not. */
const CALM = 10_000;
const ANXIOUS = 2_000;

/** Shows that the server does not respond; when it does again, reloads everything shown. */
export function ConnectionNotice() {
  const { connection } = useSpeech().say;
  const client = useQueryClient();
  const online = useSyncExternalStore(
    (changed) => onlineManager.subscribe(changed),
    () => onlineManager.isOnline(),
  );
  const { isError } = useQuery({
    queryKey: ['pulse'],
    queryFn: ({ signal }) => pulse(signal),
    networkMode: 'always',
    refetchInterval: ({ state }) => (state.status === 'error' ? ANXIOUS : CALM),
  });
  // What the browser knows need not be found out.
  const lost = isError || !online;
  const wasLost = useRef(false);
  useEffect(() => {
    if (wasLost.current && !lost) {
      client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'pulse' });
    }
    wasLost.current = lost;
  }, [lost, client]);
  return (
    <div role="status">
      {lost && (
        <div className={classes.noticeBand}>
          <div className={classes.notice}>
            <IconPlugConnectedX size={22} aria-hidden />
            <div>
              <strong>{online ? connection.lost : connection.offline}</strong>
              <span>{connection.lostHelp}</span>
            </div>
          </div>
        </div>
      )}
    </div>
  );
}

async function pulse(signal: AbortSignal): Promise<true> {
  const response = await fetch('/livez', { signal: AbortSignal.any([signal, AbortSignal.timeout(5_000)]) });
  if (!response.ok) throw new Error(`The server responded with status ${response.status}.`);
  return true;
}
