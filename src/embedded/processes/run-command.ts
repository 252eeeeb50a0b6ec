import { type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A program to run, and the user to run it as. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * What every program of PostgreSQL is run with. A fixed environment, because LD_LIBRARY_PATH, PGDATA or LC_ALL of the
 * terminal must not reach it; with TZ set, initdb need not search the zone database for the machine's zone. And a
 * working folder that every account may enter.
 */
export function spawnOptions(command: Command, extra: Readonly<Record<string, string>> = {}): SpawnOptions {
  const env = {
    PATH: '/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin',
    LC_ALL: 'C',
    TZ: 'UTC',
    ...extra,
  };
  const { uid, gid } = command;
  return { cwd: '/', env, ...(uid === undefined ? {} : { uid }), ...(gid === undefined ? {} : { gid }) };
}

/** Runs a command to its end. `output` is what it wrote, to both streams; a program that cannot be run says why there. */
export async function runCommand(command: Command, input = ''): Promise<{ ok: boolean; output: string }> {
  let output = '';
  try {
    // Throws at once, or emits 'error', depending on what forbids it.
    const child = spawn(command.file, command.args, { ...spawnOptions(command), stdio: 'pipe' });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    // A program that dies without reading its input must not take us along with EPIPE.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    const [code, signal] = await once(child, 'close');
    if (signal !== null) output += `\nended by ${signal}`;
    return { ok: code === 0, output: output.trim() };
  } catch (error) {
    return { ok: false, output: error instanceof Error ? error.message : String(error) };
  }
}
