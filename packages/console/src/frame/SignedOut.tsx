import { Button } from '@mantine/core';
import { useLocation } from '@tanstack/react-router';
import { useSpeech } from '../say/language.tsx';
import { signInAddress } from '../session.ts';
import classes from './Frame.module.css';
import { SIGNED_IN } from './signed-in.ts';

/** The way in; it leads back to where one wanted to go. @param props `ended`: something was begun in this tab, which the way in must not leave */
export function SignedOut({ ended }: { readonly ended: boolean }) {
  const { signedOut } = useSpeech().say;
  const { pathname, searchStr } = useLocation();
  return (
    <div className={classes.signedOut}>
      <h1>{signedOut.title}</h1>
      <p>{signedOut.text}</p>
      {pathname !== '/' && <p>{signedOut.ended}</p>}
      {ended && <p>{signedOut.kept}</p>}
      {ended ? (
        <Button component="a" href={signInAddress(SIGNED_IN)} target="_blank" size="md">
          {signedOut.signIn}
        </Button>
      ) : (
        <Button component="a" href={signInAddress({ pathname, search: searchStr })} size="md">
          {signedOut.signIn}
        </Button>
      )}
    </div>
  );
}
