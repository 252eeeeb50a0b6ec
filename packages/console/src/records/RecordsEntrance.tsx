import { Navigate, useParams } from '@tanstack/react-router';
import { useReadable } from '../catalogue/queries.ts';
import { Empty } from '../parts/Empty.tsx';
import { useSpeech } from '../say/language.tsx';

/** Redirects to the first type of records that the signed-in person can see. */
export function RecordsEntrance() {
  const { failure } = useSpeech().say;
  const { organization } = useParams({ from: '/o/$organization/records' });
  const resource = useReadable()[0]?.name;
  if (!resource)
    return (
      <Empty heading="h1" title={failure.forbidden}>
        {failure.forbiddenHelp}
      </Empty>
    );
  return <Navigate to="/o/$organization/records/$resource" params={{ organization, resource }} replace />;
}
