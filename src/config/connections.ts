import { ConfigError } from './config-error.ts';
import { shown } from './secrets.ts';
import { databaseUrl } from './values.ts';

/** The URL of another database; the rest of the name is that of the connection. */
export const OF_A_CONNECTION = /^OPENBULK_CONNECTION_([A-Z][A-Z0-9_]{0,39})$/;

/** The URLs of other databases, by the names of their connections. @throws ConfigError */
export function readConnections(given: NodeJS.ProcessEnv): Record<string, string> {
  const connections: Record<string, string> = {};
  const wrong: string[] = [];
  for (const [variable, url] of Object.entries(given)) {
    const name = OF_A_CONNECTION.exec(variable)?.[1]?.toLowerCase();
    if (name === undefined) continue;
    const parsed = databaseUrl.safeParse(url);
    if (parsed.success) connections[name] = parsed.data;
    else wrong.push(`  ${variable} ${parsed.error.issues[0]?.message}; ${shown(variable, given)}`);
  }
  if (wrong.length > 0) throw new ConfigError(`Some settings are not valid:\n${wrong.join('\n')}`);
  return connections;
}
