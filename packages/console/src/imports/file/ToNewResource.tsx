import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { keepFile } from '../../resources/drafts.ts';
import { MANAGE } from '../../resources/queries.ts';
import { useSpeech } from '../../say/language.tsx';
import { useMay } from '../../session.ts';

interface Props {
  readonly organization: string;
  readonly file: File | undefined;
}

/** Takes a file from its import to a new resource, for who can declare one. */
export function ToNewResource({ organization, file }: Props) {
  const { resources: words } = useSpeech().say;
  const navigate = useNavigate();
  const may = useMay(MANAGE);
  if (!may || !file) return null;
  return (
    <Button
      variant="default"
      size="xs"
      mt="xs"
      onClick={() => {
        keepFile(organization, file);
        navigate({ to: '/o/$organization/new-resource', params: { organization } });
      }}
    >
      {words.fromThisFile}
    </Button>
  );
}
