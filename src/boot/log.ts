import { destination, type Logger, pino } from 'pino';
import { logSerializers } from '../api/operating/log-serializers.ts';
import type { Config } from '../config/config.ts';
import { hideSecrets } from './hide-secrets.ts';

/** The program's log: JSON lines on stderr, since stdout is for data. */
export function openLog({ logLevel: level, secrets }: Pick<Config, 'logLevel' | 'secrets'>, name: string): Logger {
  return pino(
    {
      level,
      base: { name, pid: process.pid },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      serializers: logSerializers,
      hooks: { streamWrite: (line) => hideSecrets(line, secrets) },
    },
    destination({ dest: 2, sync: true }),
  );
}
