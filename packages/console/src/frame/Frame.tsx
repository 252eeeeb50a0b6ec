import { Outlet } from '@tanstack/react-router';
import { Failure } from '../parts/Failure.tsx';
import { Loading } from '../parts/Loading.tsx';
import { useSpeech } from '../say/language.tsx';
import { SessionContext, useSessionQuery } from '../session.ts';
import { ConnectionNotice } from './ConnectionNotice.tsx';
import classes from './Frame.module.css';
import { Header } from './Header.tsx';
import { SignedOut } from './SignedOut.tsx';

/** What is around every page; within it there is always somebody signed in. */
export function Frame() {
  const { say } = useSpeech();
  const { data: session, error, refetch } = useSessionQuery();
  return (
    <>
      <a className={classes.skip} href="#content">
        {say.skip}
      </a>
      <SessionContext value={session ?? undefined}>
        <Header />
        <ConnectionNotice />
        <main id="content" tabIndex={-1} className={classes.main}>
          {session && <Outlet />}
          {session === null && <SignedOut />}
          {session === undefined && (error ? <Failure heading="h1" error={error} onRetry={refetch} /> : <Loading />)}
        </main>
      </SessionContext>
    </>
  );
}
