import { IsRestoringProvider } from '@tanstack/react-query';
import { Outlet } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { Failure } from '../parts/Failure.tsx';
import { Loading } from '../parts/Loading.tsx';
import { useSpeech } from '../say/language.tsx';
import { type Session, SessionContext, useSessionQuery } from '../session.ts';
import { ConnectionNotice } from './ConnectionNotice.tsx';
import classes from './Frame.module.css';
import { Header } from './Header.tsx';
import { SignedOut } from './SignedOut.tsx';

/** The frame of every page; inside it a person is signed in, or was until now. */
export function Frame() {
  const { say } = useSpeech();
  const { data: session, error, refetch } = useSessionQuery();
  const last = useLastSession(session);
  const ended = session === null && last !== undefined;
  return (
    <>
      <a className={classes.skip} href="#content">
        {say.skip}
      </a>
      <SessionContext value={session ?? undefined}>
        <Header />
        <ConnectionNotice />
      </SessionContext>
      <main id="content" tabIndex={-1} className={classes.main}>
        {session === null && <SignedOut ended={ended} />}
        {last && (
          // The page is kept, hidden and inactive, until the person signs in again.
          <div hidden={ended}>
            <SessionContext value={last}>
              <IsRestoringProvider value={ended}>
                <Outlet />
              </IsRestoringProvider>
            </SessionContext>
          </div>
        )}
        {session === undefined && (error ? <Failure heading="h1" error={error} onRetry={refetch} /> : <Loading />)}
      </main>
    </>
  );
}

/** The person who is or was signed in. Another person must not see their work: then the page is reloaded. */
function useLastSession(session: Session | null | undefined): Session | undefined {
  const [last, setLast] = useState(session ?? undefined);
  const other = session && last && personOf(session) !== personOf(last);
  if (session && session !== last && !other) setLast(session);
  useEffect(() => {
    if (other) window.location.reload();
  }, [other]);
  return other ? undefined : last;
}

function personOf({ name, email }: Session): string {
  return JSON.stringify([name, email]);
}
