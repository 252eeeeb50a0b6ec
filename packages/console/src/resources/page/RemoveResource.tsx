import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { labelOf } from '../../catalogue/declaration.ts';
import { type Served, useReadable } from '../../catalogue/queries.ts';
import { Confirm } from '../../parts/Confirm.tsx';
import { recordsQuery } from '../../records/queries.ts';
import { useSpeech } from '../../say/language.tsx';
import { refreshResources, removeResource } from '../queries.ts';

/** Removes a resource, after it was said how many records go with it. */
export function RemoveResource({ organization, served }: { readonly organization: string; readonly served: Served }) {
  const { say, format, language } = useSpeech();
  const words = say.resources;
  const { name, adopted } = served;
  const client = useQueryClient();
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const readable = useReadable().some((each) => each.name === name);
  const counted = useQuery({ ...recordsQuery(organization, name, {}), enabled: asking && readable && !adopted });
  const { mutate, isPending } = useMutation({
    mutationFn: () => removeResource(organization, name),
    async onSuccess() {
      await navigate({ to: '/o/$organization/resources', params: { organization } });
      await refreshResources(client, organization, name);
      notifications.show({ message: words.wasRemoved(labelOf(served, name, language)) });
    },
    onError: (error) => notifications.show({ color: 'red', title: words.notRemoved, message: error.message }),
    onSettled: () => setAsking(false),
  });
  const records = counted.data?.totalDocs;
  return (
    <>
      <Button variant="default" leftSection={<IconTrash size={16} aria-hidden />} onClick={() => setAsking(true)}>
        {words.remove}
      </Button>
      <Confirm
        opened={asking}
        title={words.removeTitle(labelOf(served, name, language))}
        yes={words.remove}
        no={words.keep}
        busy={isPending || (counted.isLoading && asking)}
        onYes={() => mutate()}
        onNo={() => setAsking(false)}
      >
        {adopted
          ? words.removeAdopted
          : records === undefined
            ? words.removeHelp
            : words.removeRecords(format.count(records), records === 1)}
      </Confirm>
    </>
  );
}
