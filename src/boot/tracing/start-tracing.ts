import type { Logger } from 'pino';
import type { Config } from '../../config/config.ts';
import type { Tracing } from './open-tracing.ts';

/**
 * Begins to export traces, if the environment says where to: nothing of OpenTelemetry is loaded otherwise.
 *
 * @param instance which process of the service this is, as `service.instance.id`
 */
export async function startTracing(
  { tracing }: Pick<Config, 'tracing'>,
  log: Logger,
  instance: string,
): Promise<Tracing | undefined> {
  if (!tracing) return undefined;
  const { openTracing } = await import('./open-tracing.ts');
  return openTracing(log, instance);
}
