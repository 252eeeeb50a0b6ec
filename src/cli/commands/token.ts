import { type Command, InvalidArgumentError, Option } from 'commander';
import { listTokens, revokeToken } from '../../auth/clients/command-line-tokens.ts';
import { MAX_TOKEN_DAYS, mintToken } from '../../auth/issuer/mint-token.ts';
import { ALL_PERMISSIONS, type Permission } from '../../auth/permissions.ts';
import { issuerOf } from '../../boot/issuer-url.ts';
import { openSecretKeys } from '../../boot/secret-keys.ts';
import { readConfig } from '../../config/config.ts';
import { needOwnIssuer } from '../own-issuer.ts';
import { CommandError } from '../terminal/exit.ts';
import { moment, plain } from '../terminal/format.ts';
import { note, print, printJson, table } from '../terminal/output.ts';
import { durationSeconds, permissionList } from '../terminal/values.ts';
import { thisAccount } from '../this-account.ts';
import { namedOrganization, withDatabase } from '../with-database.ts';

interface TokenOptions {
  readonly org: string;
  readonly permissions?: readonly Permission[];
  readonly ttl: number;
}

const HELP = `
Examples:
  export OPENBULK_TOKEN=$(openbulk token --org demo --ttl 8h)
  openbulk token list
  openbulk token revoke 1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b`;

export function addToken(program: Command): void {
  const token = program
    .command('token')
    .description('print an access token, alone on stdout')
    // Otherwise the options of `list` would be read as these.
    .enablePositionalOptions()
    .option('--org <org>', 'organization it gives access to: slug or id', 'demo')
    .option('--permissions <list>', 'its permissions, separated by commas (default: all)', permissionList)
    .addOption(
      new Option('--ttl <duration>', `how long it is valid, such as 90s, 15m, 1h or 7d; at most ${MAX_TOKEN_DAYS}d`)
        .argParser(lifetime)
        .default(3600, '1h'),
    )
    .addHelpText('after', HELP)
    .action(make);
  token
    .command('list')
    .description('list the valid tokens that were printed, with the ids to revoke them by')
    .option('--org <org>', 'only tokens for this organization: slug or id')
    .option('--json', 'print them as JSON')
    .action(list);
  token
    .command('revoke')
    .description('revoke tokens; they stop working within a minute')
    .argument('<id...>', 'their ids')
    .action(revoke);
}

/** Reads a duration that a token may have. @returns seconds */
function lifetime(text: string): number {
  const seconds = durationSeconds(text);
  if (seconds <= MAX_TOKEN_DAYS * 86_400) return seconds;
  throw new InvalidArgumentError(
    `The maximum is ${MAX_TOKEN_DAYS}d. For a program that needs access for longer, create a client: see "openbulk client create".`,
  );
}

async function make({ org, permissions = ALL_PERMISSIONS, ttl }: TokenOptions): Promise<void> {
  needOwnIssuer(readConfig());
  await withDatabase(async (pool, config) => {
    const { id: organizationId } = await namedOrganization(pool, org);
    const deps = { pool, issuer: await issuerOf(pool, config), secret: await openSecretKeys(pool, config) };
    print(await mintToken(deps, { organizationId, permissions, ttlSeconds: ttl, madeBy: thisAccount() }));
  });
}

async function list({ org, json }: { org?: string; json?: true }): Promise<void> {
  await withDatabase(async (pool) => {
    const tokens = await listTokens(pool, org === undefined ? undefined : (await namedOrganization(pool, org)).id);
    if (json) return printJson(tokens);
    const rows = tokens.map(({ id, organization, madeBy, createdAt, expiresAt, permissions }) => [
      id,
      organization,
      plain(madeBy),
      moment(createdAt),
      moment(expiresAt),
      permissions.length === ALL_PERMISSIONS.length ? 'all' : permissions.join(','),
    ]);
    print(table([['ID', 'ORG', 'MADE BY', 'CREATED', 'EXPIRES', 'PERMISSIONS'], ...rows]));
  });
}

async function revoke(ids: readonly string[]): Promise<void> {
  await withDatabase(async (pool) => {
    for (const id of ids) {
      if (!(await revokeToken(pool, id))) {
        const shown = JSON.stringify(plain(id));
        throw new CommandError(`No valid token has the id ${shown}. "openbulk token list" shows the valid tokens.`);
      }
      note(`Token ${plain(id)} is revoked; it stops working within a minute.`);
    }
  });
}
