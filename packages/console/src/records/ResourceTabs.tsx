import { Link } from '@tanstack/react-router';
import { useSpeech } from '../say/language.tsx';
import { useSession } from '../session.ts';
import classes from './records.module.css';
import { resourceNames, resources } from './resources.ts';

/** The types of records that the signed-in person can see. */
export function ResourceTabs({ organization }: { readonly organization: string }) {
  const { records: words } = useSpeech().say;
  const { permissions } = useSession();
  return (
    <nav className={classes.kinds} aria-label={words.kinds}>
      <ul>
        {resourceNames
          .filter((resource) => permissions.includes(resources[resource].permission))
          .map((resource) => (
            <li key={resource}>
              <Link
                to="/o/$organization/records/$resource"
                params={{ organization, resource }}
                activeOptions={{ includeSearch: false }}
              >
                {words.resources[resource]}
              </Link>
            </li>
          ))}
      </ul>
    </nav>
  );
}
