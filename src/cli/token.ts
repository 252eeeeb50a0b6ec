import { type Command, Option } from 'commander';
import { mintToken } from '../auth/mint-token.ts';
import { ALL_PERMISSIONS, type Permission } from '../auth/permissions.ts';
import { issuerOf } from '../boot/issuer.ts';
import { readConfig } from '../config.ts';
import { print } from './output.ts';
import { needOwnIssuer } from './own-issuer.ts';
import { durationSeconds, permissionList } from './values.ts';
import { namedOrganization, withDatabase } from './with-database.ts';

interface TokenOptions {
  readonly org: string;
  readonly permissions?: readonly Permission[];
  readonly ttl: number;
}

export function addToken(program: Command): void {
  program
    .command('token')
    .description('print an access token, alone on stdout')
    .option('--org <org>', 'organization it is for: slug or id', 'demo')
    .option('--permissions <list>', 'what it allows, separated by commas (default: everything)', permissionList)
    .addOption(
      new Option('--ttl <duration>', 'how long it is good, such as 90s, 15m, 1h or 7d')
        .argParser(durationSeconds)
        .default(3600, '1h'),
    )
    .addHelpText('after', '\nExample:\n  export OPENBULK_TOKEN=$(openbulk token --org demo --ttl 8h)')
    .action(token);
}

async function token({ org, permissions = ALL_PERMISSIONS, ttl }: TokenOptions): Promise<void> {
  needOwnIssuer(readConfig());
  await withDatabase(async (pool, config) => {
    const organization = await namedOrganization(pool, org);
    const issuer = await issuerOf(pool, config);
    print(await mintToken({ pool, issuer }, { organizationId: organization.id, permissions, ttlSeconds: ttl }));
  });
}
