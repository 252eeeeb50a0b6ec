import { useParams } from '@tanstack/react-router';
import { Empty } from '../parts/Empty.tsx';
import { useSpeech } from '../say/language.tsx';
import { useMay } from '../session.ts';
import { ImportSteps } from './ImportSteps.tsx';

/** From a file to a task. */
export function NewImport() {
  const { failure } = useSpeech().say;
  const { organization } = useParams({ from: '/o/$organization/import' });
  const may = useMay('base.bulk.management.create');
  if (!may)
    return (
      <Empty heading="h1" title={failure.forbidden}>
        {failure.forbiddenHelp}
      </Empty>
    );
  // What was begun for one organization is not for another.
  return <ImportSteps key={organization} organization={organization} />;
}
