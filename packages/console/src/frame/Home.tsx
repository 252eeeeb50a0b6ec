import { Navigate, useSearch } from '@tanstack/react-router';
import { Empty } from '../parts/Empty.tsx';
import { useSpeech } from '../say/language.tsx';
import { useSession } from '../session.ts';
import { lastOrganization } from './last-organization.ts';

/** Leads on to the organization where one was last. */
export function Home() {
  const { failure, signedOut } = useSpeech().say;
  const search: Readonly<Record<string, unknown>> = useSearch({ strict: false });
  const { organizations } = useSession();
  const last = lastOrganization();
  const found = organizations.find(({ slug }) => slug === last) ?? organizations[0];
  if (search['signed-in'])
    return (
      <Empty heading="h1" title={signedOut.again}>
        {signedOut.againHelp}
      </Empty>
    );
  if (!found)
    return (
      <Empty heading="h1" title={failure.noOrganization}>
        {failure.noOrganizationHelp}
      </Empty>
    );
  return <Navigate to="/o/$organization/tasks" params={{ organization: found.slug }} replace />;
}
