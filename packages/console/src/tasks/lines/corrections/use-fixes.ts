import { notifications } from '@mantine/notifications';
import type { TaskRef } from '@openbulk/client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useSpeech } from '../../../say/language.tsx';
import { type Fixes, sendFixes } from '../queries.ts';

/** Sends corrected lines, and goes to the task that they become. */
export function useFixes(ref: TaskRef) {
  const { say } = useSpeech();
  const client = useQueryClient();
  const navigate = useNavigate();
  const { organization } = ref;
  return useMutation({
    mutationFn: (fixes: Fixes) => sendFixes(ref, fixes),
    async onSuccess({ id }) {
      notifications.show({ message: say.fixes.sent });
      client.invalidateQueries({ queryKey: ['family', organization] });
      // What was corrected is sent: nothing is left behind.
      await navigate({ to: '/o/$organization/tasks/$task', params: { organization, task: id }, ignoreBlocker: true });
      // What was known of the lines is not what is left of them.
      for (const known of ['lines', 'causes'])
        client.removeQueries({ queryKey: [known, organization], type: 'inactive' });
    },
  });
}
