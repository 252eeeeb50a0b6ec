import { countOwnResources, listDeclared } from '../../../service/resources/list-resources.ts';
import { removeResource } from '../../../service/resources/remove-resource.ts';
import { CommandError } from '../../terminal/exit.ts';
import { note, print, printJson, table } from '../../terminal/output.ts';
import { type Applying, NOT_DECLARED, type Scope, withOwner } from './with-owner.ts';

/** Lists the declared resources. */
export async function list(scope: Scope): Promise<void> {
  await withOwner(scope, async (pool, owner) => {
    const declared = (await listDeclared({ pool }, owner)).map(({ name, version, schema, table: of, createdAt }) => {
      return { name, version, table: `${schema}.${of}`, declaredAt: createdAt.toISOString() };
    });
    if (owner === null) noteOthers(await countOwnResources({ pool }));
    if (scope.json) return printJson(declared);
    const rows = declared.map(({ name, version, table: of, declaredAt }) => [name, String(version), of, declaredAt]);
    print(table([['NAME', 'VERSION', 'TABLE', 'DECLARED'], ...rows]));
  });
}

/** Organizations that are named. */
const NAMED = 10;

/** Says that resources of single organizations are not among those of every organization. */
function noteOthers(others: readonly { readonly slug: string; readonly resources: number }[]): void {
  if (others.length === 0) return;
  const named = others.slice(0, NAMED).map(({ slug, resources }) => `${slug} (${resources})`);
  const more = others.length > NAMED ? ` and ${others.length - NAMED} more` : '';
  note(`Not listed are resources of single organizations: ${named.join(', ')}${more}. Name one with --org.`);
}

/** Prints the declaration of a resource. @throws CommandError when it is not declared */
export async function show(name: string, scope: Scope): Promise<void> {
  await withOwner(scope, async (pool, owner) => {
    const found = (await listDeclared({ pool }, owner)).find((declared) => declared.name === name);
    if (!found) throw new CommandError(NOT_DECLARED);
    print(found.declaration.trimEnd());
  });
}

/** Removes a resource with its table. @throws CommandError when it is not declared, or must stay */
export async function remove(name: string, { allowLoss = false, ...scope }: Applying): Promise<void> {
  await withOwner(scope, async (pool, owner) => {
    await removeResource({ pool }, { owner, name, allowLoss });
    note(`The resource ${name} is removed.`);
  });
}
