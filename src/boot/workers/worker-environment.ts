import type { Config } from '../../config/config.ts';

/** Settings by which tokens are made, or others are asked about them. */
const OF_TOKENS = /^OPENBULK_(?!CONNECTION_)(?:SECRET_KEY(?:_\w+)?|\w+_SECRET|TOKEN)$/;

/** The server shows the metrics of its workers with its own. */
const OF_METRICS = /^OPENBULK_METRICS_/;

/**
 * The environment of a worker, without the settings for issuing and verifying tokens, which it never does. It exports traces if its
 * server does.
 */
export function workerEnvironment(
  env: NodeJS.ProcessEnv,
  { logLevel, tracing }: Pick<Config, 'logLevel' | 'tracing'>,
): NodeJS.ProcessEnv {
  const needed = Object.entries(env).filter(([name]) => !OF_TOKENS.test(name) && !OF_METRICS.test(name));
  return { ...Object.fromEntries(needed), OPENBULK_LOG: logLevel, ...(!tracing && { OTEL_SDK_DISABLED: 'true' }) };
}
