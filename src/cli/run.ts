import { type Command, CommanderError } from 'commander';
import { hideSecrets } from '../boot/hide-secrets.ts';
import { readConfig, unknownSettings } from '../config/config.ts';
import { ConfigError } from '../config/config-error.ts';
import { ServiceError } from '../service/platform/service-error.ts';
import { createProgram } from './program.ts';
import { CommandError, EXIT } from './terminal/exit.ts';
import { plain } from './terminal/format.ts';
import { note, type Output, watchOutput } from './terminal/output.ts';
import { Interrupted } from './terminal/signals.ts';

/** Runs one command. @param args without the names of node and the program. @returns its exit code */
export async function run(args: readonly string[]): Promise<number> {
  const output = watchOutput(EXIT.failed);
  // A process that another of ours has started has its settings.
  if (!process.connected)
    for (const name of unknownSettings()) note(`warning: ${name} is not a setting; see docs/operating.md`);
  let exitCode: number = EXIT.ok;
  const program = createProgram((code) => {
    exitCode = code;
  });
  try {
    refuseUnknown(program, args);
    await program.parseAsync(args, { from: 'user' });
    return output.failure ? EXIT.failed : exitCode;
  } catch (error) {
    return explain(error, output);
  }
}

/** Commander shows the program's help for an unknown command. */
function refuseUnknown(program: Command, [name = '-', ...rest]: readonly string[]): void {
  if (!rest.includes('--help') && !rest.includes('-h')) return;
  const known = ['help', ...program.commands.map((command) => command.name())];
  if (!name.startsWith('-') && !known.includes(name)) program.error(`error: unknown command '${plain(name)}'`);
}

/** Says what went wrong in one line, where it was not said yet. @returns the exit code */
function explain(error: unknown, { failure }: Output): number {
  if (failure && codeOf(error) === codeOf(failure)) return EXIT.failed;
  // Commander has written its own message, to stderr, or to stdout the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  // It has said already what it leaves behind.
  if (error instanceof Interrupted) return error.exitCode;
  // A reader of our stdout that has seen enough.
  if (codeOf(error) === 'EPIPE') return EXIT.ok;
  note(hidden(`error: ${describe(error)}`));
  if (wantsStack(error)) note(hidden(String(error instanceof Error ? error.stack : error)));
  if (error instanceof CommandError) return error.exitCode;
  return error instanceof ConfigError || isInvalid(error) ? EXIT.usage : EXIT.failed;
}

/** How a database that is reached is not there all the same, by SQLSTATE. */
const NOT_THERE: readonly (readonly [RegExp, string])[] = [
  [/^57P0[123]$/, 'is starting up or shutting down'],
  [/^53300$/, 'has no free connection'],
];

/** What goes to a terminal goes into many a log. */
function hidden(text: string): string {
  try {
    return hideSecrets(text, readConfig().secrets);
  } catch {
    return hideSecrets(text, []);
  }
}

/** The message, for people. Where a connection failed at several addresses, Node leaves it empty. */
function describe(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return describe(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  const code = codeOf(error);
  if (code === 'EADDRINUSE') return `${error.message}. Set PORT to another one.`;
  if (/^(ECONN|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|EAI_AGAIN)/.test(code) && !(error instanceof CommandError))
    return `Could not connect to the database (${error.message || code}). Check DATABASE_URL and that PostgreSQL is running.`;
  const away = NOT_THERE.find(([state]) => state.test(code));
  if (away) return `The database ${away[1]} (${error.message}). Try again in a moment.`;
  return error.message || code || error.name;
}

function isInvalid(error: unknown): boolean {
  return error instanceof ServiceError && error.code === 'invalid';
}

function wantsStack(error: unknown): boolean {
  if (error instanceof ConfigError) return false;
  try {
    return ['debug', 'trace'].includes(readConfig().logLevel);
  } catch {
    return false;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
