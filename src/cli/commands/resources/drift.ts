import { findDrift } from '../../../service/resources/adopt/find-drift.ts';
import { EXIT, type SetExitCode } from '../../terminal/exit.ts';
import { print, printJson } from '../../terminal/output.ts';
import { type Scope, withOwner } from './with-owner.ts';

/** Prints where declared resources and their tables have come apart. */
export async function drift(scope: Scope, setExitCode: SetExitCode): Promise<void> {
  await withOwner(scope, async (pool, owner, elsewhere) => {
    const found = await findDrift({ pool, elsewhere }, owner);
    if (scope.json) printJson(found);
    else
      for (const { name, table, problems } of found)
        print(
          [
            `${name} (${table}): ${problems.length === 0 ? 'ok' : 'differs'}`,
            ...problems.map((problem) => `  ${problem}`),
          ].join('\n'),
        );
    if (found.some(({ problems }) => problems.length > 0)) setExitCode(EXIT.failed);
  });
}
