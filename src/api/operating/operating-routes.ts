import { z } from 'zod';
import { checkReadiness } from '../../service/platform/check-readiness.ts';
import type { ApiContext } from '../context.ts';
import type { App } from '../zod.ts';

const health = z.object({ status: z.enum(['ok', 'unavailable']) });

/** What an operator's machines ask: is the process alive, can it serve. They tell nothing else, and take no token. */
export function operatingRoutes(scope: App, context: ApiContext): void {
  const quiet = { logLevel: 'warn', schema: { response: { 200: health, 503: health } } } as const;
  scope.get('/livez', quiet, async (_request, reply) => {
    reply.header('cache-control', 'no-store');
    return { status: 'ok' };
  });
  scope.get('/readyz', quiet, async (_request, reply) => {
    const ready = !context.closing.aborted && (await checkReadiness({ pool: context.vitals }));
    reply.code(ready ? 200 : 503).headers({ 'cache-control': 'no-store', ...(!ready && { 'retry-after': '5' }) });
    return { status: ready ? 'ok' : 'unavailable' };
  });
}
