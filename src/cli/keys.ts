import type { Command } from 'commander';
import { addSigningKey } from '../auth/issuer-keys.ts';
import { readConfig } from '../config.ts';
import { note, print } from './output.ts';
import { needOwnIssuer } from './own-issuer.ts';
import { withDatabase } from './with-database.ts';

export function addKeys(program: Command): void {
  program
    .command('keys')
    .description('the keys by which this server signs its tokens')
    .command('rotate')
    .description('make a new one and print its id; it is published at once and signs a minute later')
    .action(rotate);
}

async function rotate(): Promise<void> {
  needOwnIssuer(readConfig());
  await withDatabase(async (pool) => {
    print(await addSigningKey(pool));
    note('It signs from a minute on. What the older keys have signed stays good until it expires.');
  });
}
