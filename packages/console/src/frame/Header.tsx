import { Link, useParams } from '@tanstack/react-router';
import { use } from 'react';
import icon from '../icon.svg';
import { useSpeech } from '../say/language.tsx';
import { SessionContext } from '../session.ts';
import classes from './Frame.module.css';
import { AccountMenu } from './menus/AccountMenu.tsx';
import { LanguageMenu } from './menus/LanguageMenu.tsx';
import { OrganizationMenu } from './menus/OrganizationMenu.tsx';
import { ThemeMenu } from './menus/ThemeMenu.tsx';
import { Navigation } from './Navigation.tsx';

/** Where one is, where one can go, and who one is. Whoever is not signed in can still choose the language and the theme. */
export function Header() {
  const { say } = useSpeech();
  const session = use(SessionContext);
  const { organization } = useParams({ strict: false });
  return (
    <header className={classes.header}>
      <div className={classes.bar}>
        <Link to="/" activeOptions={{ exact: true }} className={classes.product}>
          <img src={icon} alt="" width={26} height={26} />
          <span className={classes.wordmark}>OpenBulk</span>
        </Link>
        {session && organization && (
          <>
            <OrganizationMenu session={session} current={organization} />
            <nav className={classes.nav} aria-label={say.frame.main}>
              <Navigation organization={organization} />
            </nav>
          </>
        )}
        <div className={classes.tools}>
          <LanguageMenu />
          <ThemeMenu />
          {session && <AccountMenu session={session} />}
        </div>
      </div>
    </header>
  );
}
