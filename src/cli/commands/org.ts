import type { Command } from 'commander';
import { createOrganization, listOrganizations } from '../../service/platform/organizations.ts';
import { toHex24 } from '../../task/ids.ts';
import { print, printJson, table } from '../terminal/output.ts';
import { withDatabase } from '../with-database.ts';

export function addOrg(program: Command): void {
  const org = program.command('org').description('organizations, which own tasks and records');
  org
    .command('create')
    .description('create an organization')
    .argument('<slug>', 'its name in URLs: 3 to 64 letters, digits and hyphens')
    .option('--name <name>', 'its display name')
    .option('--json', 'print it as JSON')
    .action(create);
  org.command('list').description('list the organizations').option('--json', 'print them as JSON').action(list);
}

async function create(slug: string, options: { name?: string; json?: true }): Promise<void> {
  await withDatabase(async (pool) => {
    const { name } = options;
    const made = await createOrganization({ pool }, { slug, ...(name !== undefined && { name }) });
    const organization = { ...made, id: toHex24(made.id) };
    if (options.json) printJson(organization);
    else print(`${organization.slug}  ${organization.id}`);
  });
}

async function list(options: { json?: true }): Promise<void> {
  await withDatabase(async (pool) => {
    const organizations = (await listOrganizations({ pool })).map((each) => ({ ...each, id: toHex24(each.id) }));
    if (options.json) printJson(organizations);
    else print(table([['SLUG', 'ID', 'NAME'], ...organizations.map(({ slug, id, name }) => [slug, id, name])]));
  });
}
