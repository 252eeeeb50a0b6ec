import type { Command } from 'commander';
import { ALL_PERMISSIONS, PERMISSIONS } from '../../auth/permissions.ts';
import type { Further } from '../../service/platform/rights.ts';
import { print, printJson } from '../terminal/output.ts';

export function addPermissions(program: Command): void {
  program
    .command('permissions')
    .description('list the permissions of tokens and clients and the routes that each one allows')
    .option('--json', 'print them as JSON')
    .action(list);
}

async function list(options: { json?: true }): Promise<void> {
  // All routes are most of the program, which other commands need not load.
  const { listDialects } = await import('../../boot/list-dialects.ts');
  const { furtherPermissions, permissionsInstead } = await import('../../service/platform/rights.ts');
  const routes = (await listDialects()).flatMap(({ dialect, routes }) =>
    routes.map((route) => ({ ...route, further: route.use ? furtherPermissions(route.use, dialect.name) : [] })),
  );
  const instead = permissionsInstead();
  const permissions = ALL_PERMISSIONS.map((permission) => ({
    permission,
    description: PERMISSIONS[permission],
    routes: routes.filter((route) => route.permission === permission).map(toPermitted),
    // Routes of other permissions for which this one is enough, for some resources.
    instead: routes.flatMap(({ method, path, orOfResource }) =>
      (orOfResource ? instead : [])
        .filter((each) => each.permission === permission)
        .map(({ when }) => ({ method, path, when })),
    ),
    // Routes of other permissions that ask for this one as well.
    asWell: routes.flatMap(({ method, path, further }) =>
      further.filter((each) => each.permission === permission).map(({ when }) => ({ method, path, when })),
    ),
  }));
  if (options.json) printJson(permissions);
  else print(permissions.map(toText).join('\n\n'));
}

function toPermitted({ method, path }: Route): Route {
  return { method, path };
}

function toText({ permission, description, routes, asWell, instead }: Permitted): string {
  const own = routes.map(toLine);
  const further = [...titled('as well:', asWell), ...titled('instead of the permission of the route:', instead)];
  return [permission, description, ...own, ...further].join('\n  ');
}

function titled(title: string, routes: readonly Conditional[]): string[] {
  return routes.length === 0 ? [] : [title, ...routes.map((route) => `${toLine(route)}, ${route.when}`)];
}

function toLine({ method, path }: Route): string {
  return `${method.padEnd(6)} ${path}`;
}

interface Route {
  readonly method: string;
  readonly path: string;
}

type Conditional = Route & Pick<Further, 'when'>;

interface Permitted {
  readonly permission: string;
  readonly description: string;
  readonly routes: readonly Route[];
  readonly asWell: readonly Conditional[];
  readonly instead: readonly Conditional[];
}
