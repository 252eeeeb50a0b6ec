import type { Command } from 'commander';
import { listKeys, resetKeys, retireKey, rotateKeys } from '../../auth/keys/change-keys.ts';
import { openNewSecretKeys, openSecretKeys } from '../../boot/secret-keys.ts';
import { readConfig } from '../../config/config.ts';
import { needOwnIssuer } from '../own-issuer.ts';
import { CommandError, UsageError } from '../terminal/exit.ts';
import { moment, plain } from '../terminal/format.ts';
import { note, print, printJson, table } from '../terminal/output.ts';
import { withDatabase } from '../with-database.ts';

export function addKeys(program: Command): void {
  const keys = program.command('keys').description('the keys that this server signs its tokens with');
  keys.command('list').description('list the signing keys').option('--json', 'print them as JSON').action(list);
  keys
    .command('rotate')
    .description('create a key and print its id; it is published at once and used for signing in one minute')
    .action(rotate);
  keys
    .command('retire')
    .description('retire a key: tokens that it signed stop being valid within a minute')
    .argument('<kid>', 'its id')
    .action(retire);
  keys
    .command('reset')
    .description('replace all keys if the secret key that decrypts them is lost; all tokens stop being valid')
    .option('--yes', 'confirm')
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
        `No signing key has the id ${JSON.stringify(plain(kid))}. "openbulk keys list" shows all keys.`,
      );
    }
    note(`Key ${plain(kid)} is retired. Tokens that it signed stop being valid within a minute.`);
    if (retired.made) note(`It was the only key: ${retired.made} replaces it.`);
  });
}

async function reset({ yes }: { yes?: true }): Promise<void> {
  needOwnIssuer(readConfig());
  if (!yes) throw new UsageError('This invalidates every token and cannot be undone. To confirm, pass --yes.');
  await withDatabase(async (pool, config) => {
    print(await resetKeys({ pool, secret: await openNewSecretKeys(config) }));
    note(
      'All keys are replaced and encrypted with the secret key of this process. Restart the servers with the same secret key.',
    );
  });
}
