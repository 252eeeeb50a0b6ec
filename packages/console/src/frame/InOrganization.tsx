import { Outlet, useParams } from '@tanstack/react-router';
import { useEffect } from 'react';
import { Empty } from '../parts/Empty.tsx';
import { useSpeech } from '../say/language.tsx';
import { useSession } from '../session.ts';
import { rememberOrganization } from './last-organization.ts';

/** The pages of an organization that the person belongs to. */
export function InOrganization() {
  const { failure } = useSpeech().say;
  const { organization } = useParams({ from: '/o/$organization' });
  const { organizations } = useSession();
  const own = organizations.some(({ slug }) => slug === organization);
  useEffect(() => {
    if (own) rememberOrganization(organization);
  }, [own, organization]);
  if (!own)
    return (
      <Empty heading="h1" title={failure.foreignOrganization}>
        {failure.missingHelp}
      </Empty>
    );
  return <Outlet />;
}
