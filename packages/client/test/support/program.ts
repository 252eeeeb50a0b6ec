import { endCommands, freePort, openbulk, temporaryFolder } from '../../../../test/cli/command.ts';
import { runHere } from '../../../../test/cli/in-process.ts';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/database.ts';

/** The running program, API and worker, on its own database. */
export interface RunningProgram {
  readonly url: string;
  readonly port: number;
  /** Its database. */
  readonly pool: TestDatabase['pool'];
  /** A token for the organization `demo`; with all permissions unless some are named. */
  token(permissions?: string): Promise<string>;
  /** What `openbulk …` prints on that database. */
  run(...args: string[]): Promise<string>;
  /** What the server has printed since it was started. */
  said(): string;
  /** Ends the server, as an update does. */
  stop(): Promise<void>;
  /** Starts it again, at the same address. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export async function startProgram(env: Record<string, string> = {}): Promise<RunningProgram> {
  const database = await createTestDatabase();
  const folder = await temporaryFolder();
  const port = await freePort();
  const settings = {
    DATABASE_URL: database.url,
    OPENBULK_DATA: folder.path,
    PORT: String(port),
    OPENBULK_WORKERS: '1',
    ...env,
  };
  const start = async () => {
    const command = openbulk(['serve'], { cwd: folder.path, env: settings });
    await command.says('"ready"');
    return command;
  };
  const run = async (...args: string[]) => (await runHere(args, settings)).stdout.trim();
  const tokens = new Map<string, Promise<string>>();
  const token = (permissions = '') => {
    const printed = tokens.get(permissions) ?? run('token', ...(permissions ? ['--permissions', permissions] : []));
    tokens.set(permissions, printed);
    return printed;
  };
  const close = async () => {
    await endCommands();
    await folder.remove();
    await database.drop();
  };
  let server = await start().catch(async (error) => {
    await close();
    throw error;
  });
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    pool: database.pool,
    run,
    said: () => server.stdout() + server.stderr(),
    token,
    async stop() {
      server.child.kill('SIGTERM');
      await server.ended;
    },
    async start() {
      server = await start();
    },
    close,
  };
}
