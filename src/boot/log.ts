import { destination, type Logger, pino } from 'pino';

/** The program's log: JSON lines on stderr, since stdout is for data. */
export function openLog(level: string, name: string): Logger {
  return pino(
    { level, base: { name, pid: process.pid }, timestamp: () => `,"time":"${new Date().toISOString()}"` },
    destination({ dest: 2, sync: true }),
  );
}
