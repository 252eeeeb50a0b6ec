import { Outlet, useParams } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useSummariesQuery } from '../catalogue/queries.ts';
import { Empty } from '../parts/Empty.tsx';
import { Failure } from '../parts/Failure.tsx';
import { Loading } from '../parts/Loading.tsx';
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
  return <WithResources organization={organization} />;
}

/** The pages are made of the resources that the person can see. Who sees none has the pages that need none. */
function WithResources({ organization }: { readonly organization: string }) {
  const { data, error, isLoading, refetch } = useSummariesQuery(organization);
  if (!data && error) return <Failure heading="h1" error={error} onRetry={refetch} />;
  return isLoading ? <Loading /> : <Outlet />;
}
