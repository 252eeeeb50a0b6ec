import { Button } from '@mantine/core';
import { useLocation } from '@tanstack/react-router';
import { useSpeech } from '../say/language.tsx';
import { signInAddress } from '../session.ts';
import classes from './Frame.module.css';

/** The way in; it leads back to where one wanted to go. */
export function SignedOut() {
  const { signedOut } = useSpeech().say;
  const { pathname, searchStr } = useLocation();
  return (
    <div className={classes.signedOut}>
      <h1>{signedOut.title}</h1>
      <p>{signedOut.text}</p>
      {pathname !== '/' && <p>{signedOut.ended}</p>}
      <Button component="a" href={signInAddress({ pathname, search: searchStr })} size="md">
        {signedOut.signIn}
      </Button>
    </div>
  );
}
