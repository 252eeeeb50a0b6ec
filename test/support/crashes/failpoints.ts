import { FAILPOINTS, type Failpoints } from '../../../src/engine/steps/failpoint.ts';

/**
 * Makes the process that it is loaded into (`failAt`) die, stop or hang at a place of its work, to see that nothing is lost.
 * `FAILPOINT` is `place=action[@n]`: the action is taken when the place is passed for the n-th time (default 1), or each time with
 * `@always`. The place `line-<n>` is passed by the chunk that has line n. Actions: `kill` (SIGKILL), `stop` (SIGSTOP),
 * `block:<milliseconds>` (the event loop does nothing else), `throw`.
 */
function openFailpoints(spec: string): Failpoints {
  const match = /^([a-z]+-[a-z0-9]+)=(kill|stop|throw|block:\d+)(?:@(\d+|always))?$/.exec(spec);
  if (!match) throw new Error(`${spec} is no failpoint: write place=action or place=action@n`);
  const [, wanted = '', action = '', times = '1'] = match;
  const line = wanted.startsWith('line-') ? Number(wanted.slice('line-'.length)) : undefined;
  let remaining = Number(times);
  const pass = () => {
    remaining -= 1;
    // Not a number: always.
    if (remaining > 0 || remaining < 0) return;
    if (action === 'kill') process.kill(process.pid, 'SIGKILL');
    else if (action === 'stop') process.kill(process.pid, 'SIGSTOP');
    else if (action === 'throw') throw new Error(`failpoint ${wanted}`);
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(action.slice('block:'.length)));
  };
  return {
    reach(place) {
      if (place === wanted) pass();
    },
    reachLines(first, last) {
      if (line !== undefined && line >= first && line <= last) pass();
    },
  };
}

const spec = process.env.FAILPOINT;
if (spec) Object.assign(globalThis, { [FAILPOINTS]: openFailpoints(spec) });
