import type { Command } from 'commander';
import { ALL_PERMISSIONS, PERMISSIONS } from '../auth/permissions.ts';
import { listDialects } from '../boot/list-dialects.ts';
import { print, printJson } from './output.ts';

export function addPermissions(program: Command): void {
  program
    .command('permissions')
    .description('list what a token or a client can be allowed to do, and the routes that each permission unlocks')
    .option('--json', 'print them as JSON')
    .action(list);
}

async function list(options: { json?: true }): Promise<void> {
  const routes = (await listDialects()).flatMap((dialect) => dialect.routes);
  const permissions = ALL_PERMISSIONS.map((permission) => ({
    permission,
    description: PERMISSIONS[permission],
    routes: routes.filter((route) => route.permission === permission).map(({ method, path }) => ({ method, path })),
  }));
  if (options.json) printJson(permissions);
  else print(permissions.map(toText).join('\n\n'));
}

function toText({ permission, description, routes }: Permitted): string {
  return [permission, description, ...routes.map(({ method, path }) => `${method.padEnd(6)} ${path}`)].join('\n  ');
}

interface Permitted {
  readonly permission: string;
  readonly description: string;
  readonly routes: readonly { readonly method: string; readonly path: string }[];
}
