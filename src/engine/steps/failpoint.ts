/**
 * Named places where a test can make this process die, stop or hang, to see that nothing is lost. Off unless
 * `OPENBULK_FAILPOINT` is set: `name=action[@n]`, the action taken when the place is passed for the n-th time (default 1), or
 * each time with `@always`.
 *
 * The name `line-<n>` is passed by the chunk that has line n. Actions: `kill` (SIGKILL), `stop` (SIGSTOP), `block:<milliseconds>` (the event loop does nothing else), `throw`.
 */
export type Failpoint =
  | 'after-claim'
  | 'before-commit'
  | 'after-commit'
  | 'before-finish'
  | 'after-finish'
  | 'after-historize'
  | 'after-lines'
  | 'after-purge'
  | 'after-remove'
  | 'after-summary';

interface Armed {
  readonly name: string;
  readonly action: string;
  /** Not a number: always. */
  remaining: number;
}

let armed: Armed | undefined;

/** Arms a failpoint. @throws Error when `spec` is not of the form above */
export function armFailpoint(spec: string): void {
  const match = /^([a-z]+-[a-z0-9]+)=(kill|stop|throw|block:\d+)(?:@(\d+|always))?$/.exec(spec);
  if (!match) throw new Error(`${spec} is no failpoint: write name=action or name=action@n`);
  armed = {
    name: match[1] as string,
    action: match[2] as string,
    remaining: match[3] === 'always' ? Number.NaN : Number(match[3] ?? 1),
  };
}

/** Marks a failpoint; does nothing unless it is armed. */
export function failpoint(name: Failpoint): void {
  if (armed?.name === name) pass(armed);
}

/** Marks that a chunk with the lines from `first` to `last` is being worked on. */
export function failpointLines(first: number, last: number): void {
  const line = armed?.name.startsWith('line-') ? Number(armed.name.slice('line-'.length)) : Number.NaN;
  if (armed && line >= first && line <= last) pass(armed);
}

function pass(armed: Armed): void {
  armed.remaining -= 1;
  if (armed.remaining > 0 || armed.remaining < 0) return;
  const { action, name } = armed;
  if (action === 'kill') process.kill(process.pid, 'SIGKILL');
  else if (action === 'stop') process.kill(process.pid, 'SIGSTOP');
  else if (action === 'throw') throw new Error(`failpoint ${name}`);
  else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(action.slice('block:'.length)));
}
