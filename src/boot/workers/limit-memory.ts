/**
 * V8 lets its heap grow as long as the machine has memory. What a chunk or a request leaves is garbage at once, so a small heap
 * costs little: a worker has 176 MB at the peak of an import against 387 MB without the limits. A server's answers are of many small
 * objects, which a nursery of 4 MB keeps copying: with it, lists of 50 of 20,000 tasks did 0.86 of what a bare handler does, with one
 * of 16 MB 1.13, side by side; 40 reports at once have 269 MB instead of 218. The load determines how much a server holds, so its heap can grow far beyond what it needs: with a limit below 2 GB, V8 collects
 * after it has grown by half instead of fourfold.
 */
const FLAGS = {
  work: ['--max-semi-space-size=8', '--max-old-space-size=160'],
  serve: ['--max-semi-space-size=16', '--max-old-space-size=1024'],
  import: ['--max-semi-space-size=4'],
} as const;

/** Node's options for a worker process. */
export const WORKER_FLAGS = FLAGS.work;

/**
 * Restarts this process, under the same process id, with the limits of its command, unless it has some. Returns when it has,
 * when the command needs none, or where a process cannot be replaced (Windows, an older Node): there it runs without them.
 */
export function limitMemory(command: string | undefined, env: NodeJS.ProcessEnv): void {
  const flags = Object.hasOwn(FLAGS, command ?? '') ? FLAGS[command as keyof typeof FLAGS] : undefined;
  const given = [...process.execArgv, env.NODE_OPTIONS ?? ''].join(' ');
  if (!flags || /--max-(semi|old)-space-size/.test(given)) return;
  if (!process.execve || process.platform === 'win32') return;
  process.execve(process.execPath, [process.execPath, ...process.execArgv, ...flags, ...process.argv.slice(1)], env);
}
