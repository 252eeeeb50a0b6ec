import { IconBolt, IconDatabase, IconFileImport, IconListDetails, IconSchema } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useReadable, useSummaries } from '../catalogue/queries.ts';
import { useSpeech } from '../say/language.tsx';
import { useMay } from '../session.ts';

/** The pages of an organization that the signed-in person can use. */
export function Navigation({ organization }: { readonly organization: string }) {
  const { say } = useSpeech();
  const mayCreate = useMay('base.bulk.management.create');
  const mayAct = useMay('actions.bulk.job.list');
  const mayBrowse = useReadable().length > 0;
  const maySee = useSummaries().length > 0;
  const params = { organization };
  return (
    <ul>
      <li>
        <Link to="/o/$organization/tasks" params={params}>
          <IconListDetails size={18} aria-hidden />
          {say.frame.tasks}
        </Link>
      </li>
      {mayCreate && (
        <li>
          <Link to="/o/$organization/import" params={params}>
            <IconFileImport size={18} aria-hidden />
            {say.frame.newImport}
          </Link>
        </li>
      )}
      {mayAct && (
        <li>
          <Link to="/o/$organization/actions" params={params}>
            <IconBolt size={18} aria-hidden />
            {say.frame.jobs}
          </Link>
        </li>
      )}
      {mayBrowse && (
        <li>
          <Link to="/o/$organization/records" params={params}>
            <IconDatabase size={18} aria-hidden />
            {say.frame.records}
          </Link>
        </li>
      )}
      {maySee && (
        <li>
          <Link to="/o/$organization/resources" params={params}>
            <IconSchema size={18} aria-hidden />
            {say.frame.resources}
          </Link>
        </li>
      )}
    </ul>
  );
}
