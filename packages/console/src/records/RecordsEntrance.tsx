import { Navigate, useParams } from '@tanstack/react-router';
import { Empty } from '../parts/Empty.tsx';
import { useSpeech } from '../say/language.tsx';
import { useSession } from '../session.ts';
import { resourceNames, resources } from './resources.ts';

/** Redirects to the first type of records that the signed-in person can see. */
export function RecordsEntrance() {
  const { failure } = useSpeech().say;
  const { organization } = useParams({ from: '/o/$organization/records' });
  const { permissions } = useSession();
  const resource = resourceNames.find((each) => permissions.includes(resources[each].permission));
  if (!resource)
    return (
      <Empty heading="h1" title={failure.forbidden}>
        {failure.forbiddenHelp}
      </Empty>
    );
  return <Navigate to="/o/$organization/records/$resource" params={{ organization, resource }} replace />;
}
