import { Link } from '@tanstack/react-router';
import { labelOf } from '../catalogue/declaration.ts';
import { useReadable } from '../catalogue/queries.ts';
import { useSpeech } from '../say/language.tsx';
import classes from './records.module.css';

/** The types of records that the signed-in person can see. */
export function ResourceTabs({ organization }: { readonly organization: string }) {
  const { say, language } = useSpeech();
  const readable = useReadable();
  return (
    <nav className={classes.kinds} aria-label={say.records.kinds}>
      <ul>
        {readable.map((resource) => (
          <li key={resource.name}>
            <Link
              to="/o/$organization/records/$resource"
              params={{ organization, resource: resource.name }}
              activeOptions={{ includeSearch: false }}
            >
              {labelOf(resource, resource.name, language)}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
