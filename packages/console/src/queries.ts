import { OpenBulkError } from '@openbulk/client';
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { endSession } from './session.ts';

/** The cache of what the server said. The client repeats what failed in passing; nothing else is worth repeating. */
export function createQueryClient(): QueryClient {
  const onError = (error: Error) => {
    if (error instanceof OpenBulkError && error.code === 'unauthorized') endSession(client);
  };
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: { queries: { retry: false, staleTime: 2_000 } },
  });
  return client;
}
