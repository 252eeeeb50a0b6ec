import { IconFileImport, IconListDetails } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useSpeech } from '../say/language.tsx';
import { useMay } from '../session.ts';

/** The pages of an organization that whoever is signed in may use. */
export function Navigation({ organization }: { readonly organization: string }) {
  const { say } = useSpeech();
  const mayCreate = useMay('base.bulk.management.create');
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
    </ul>
  );
}
