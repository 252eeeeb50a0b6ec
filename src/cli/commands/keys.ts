import type { Command } from 'commander';
import { listKeys, resetKeys, retireKey, rotateKeys } from '../../auth/keys/change-keys.ts';
import { openNewSecretKeys, openSecretKeys } from '../../boot/secret-keys.ts';
import { readConfig } from '../../config.ts';
import { needOwnIssuer } from '../own-issuer.ts';
import { CommandError, UsageError } from '../terminal/exit.ts';
import { moment, plain } from '../terminal/format.ts';
import { note, print, printJson, table } from '../terminal/output.ts';
import { withDatabase } from '../with-database.ts';

export function addKeys(program: Command): void {
  const keys = program.command('keys').description('the keys by which this server signs its tokens');
  keys.command('list').description('list the signing keys').option('--json', 'print them as JSON').action(list);
  keys
    .command('rotate')
    .description('make a new one and print its id; it is published at once and signs a minute later')
    .action(rotate);
  keys
    .command('retire')
    .description('end one: what it has signed is no longer valid, within a minute')
    .argument('<kid>', 'its id')
    .action(retire);
  keys
    .command('reset')
    .description('give all up and make new ones, where the secret key that opens them is lost; every token ends')
    .option('--yes', 'that this is meant')
    .action(reset);
}

/** What a key does, in words. */
const STATES = { new: 'signs soon', signs: 'signs', verifies: 'verifies' } as const;

async function list({ json }: { json?: true }): Promise<void> {
  needOwnIssuer(readConfig());
  await withDatabase(async (pool) => {
    const keys = await listKeys(pool);
    if (json) return printJson(keys);
    const rows = keys.map(({ kid, createdAt, state, retiresAt }) => [
      kid,
      moment(createdAt),
      STATES[state],
      retiresAt ? moment(retiresAt) : '-',
    ]);
    print(table([['KEY', 'CREATED', 'STATE', 'UNTIL'], ...rows]));
  });
}

async function rotate(): Promise<void> {
  needOwnIssuer(readConfig());
  await withDatabase(async (pool, config) => {
    print(await rotateKeys({ pool, secret: await openSecretKeys(pool, config) }));
    note('It is used for signing in one minute. Tokens signed with the older keys stay valid until they expire.');
  });
}

async function retire(kid: string): Promise<void> {
  needOwnIssuer(readConfig());
  await withDatabase(async (pool, config) => {
    const retired = await retireKey({ pool, secret: await openSecretKeys(pool, config) }, kid);
    if (!retired) {
      throw new CommandError(
        `There is no signing key ${JSON.stringify(plain(kid))}. "openbulk keys list" shows those there are.`,
      );
    }
    note(`The key ${plain(kid)} is retired. What it has signed ends within a minute.`);
    if (retired.made) note(`It was the only one: ${retired.made} signs from now on.`);
  });
}

async function reset({ yes }: { yes?: true }): Promise<void> {
  needOwnIssuer(readConfig());
  if (!yes) throw new UsageError('Every token ends by this, and cannot be brought back. Give --yes if that is meant.');
  await withDatabase(async (pool, config) => {
    print(await resetKeys({ pool, secret: await openNewSecretKeys(config) }));
    note('All keys are new, and encrypted with the secret key of this process. Restart the servers with the same one.');
  });
}
