import type { Command } from 'commander';
import { readConfig } from '../../config.ts';
import { ServiceError } from '../../service/platform/service-error.ts';
import { listDeclared } from '../../service/resources/list-resources.ts';
import { applyFiles, type FileOutcome, planFiles } from '../../service/resources/plan-files.ts';
import type { Owner, ResourcePlan } from '../../service/resources/plan-resource.ts';
import { type DeclarationFile, readDeclarations } from '../../service/resources/read-folder.ts';
import { removeResource } from '../../service/resources/remove-resource.ts';
import { CommandError, EXIT, type SetExitCode, UsageError } from '../terminal/exit.ts';
import { note, print, printJson, table } from '../terminal/output.ts';
import { namedOrganization, withDatabase } from '../with-database.ts';

const HELP = `
A resource is declared in a file: a Table Schema (https://datapackage.org/standard/table-schema/) in JSON or YAML, with an
"openbulk" member for what that lacks; docs/declarations.md is its reference. Without paths, the files are those of the
folder that OPENBULK_RESOURCES names (resources in the current folder unless it is set).

Examples:
  openbulk resources plan examples/shop/resources
  openbulk resources apply 3f8a90b1c2d4e5f6 examples/shop/resources
  openbulk import examples/shop/customers.csv --action import-customers`;

interface Scope {
  /** Whose resources they are; not given: every organization's. */
  readonly org?: string;
  readonly json?: true;
}

export function addResources(program: Command, setExitCode: SetExitCode): void {
  const resources = program.command('resources').description('declare resources').addHelpText('after', HELP);
  const add = (name: string, description: string) =>
    resources
      .command(name)
      .description(description)
      .option('--org <organization>', 'of this organization alone; of every organization if not given');
  add('list', 'list the declared resources').option('--json', 'print them as JSON').action(list);
  add('show', 'print a declaration').argument('<name>', 'the resource').action(show);
  add('plan', 'show what declarations would change, and the hash for "apply"; nothing is changed')
    .argument('[paths...]', 'files or folders')
    .option('--json', 'print it as JSON')
    .action((paths: string[], options: Scope) => plan(paths, options, setExitCode));
  add('apply', 'change exactly what "plan" has shown')
    .argument('<hash>', 'of the plan')
    .argument('[paths...]', 'files or folders, as they were planned')
    .option('--allow-loss', 'remove the values of columns that are no longer declared')
    .option('--json', 'print what was changed as JSON')
    .action((hash: string, paths: string[], options: Applying) => apply(hash, paths, options, setExitCode));
  add('remove', 'remove a resource, with its table')
    .argument('<name>', 'the resource')
    .option('--allow-loss', 'remove it although it has records')
    .action(remove);
}

interface Applying extends Scope {
  readonly allowLoss?: true;
}

async function list({ org, json }: Scope): Promise<void> {
  await withOwner(org, async (pool, owner) => {
    const declared = await listDeclared({ pool }, owner);
    const shown = declared.map(({ name, version, schema, table: of, createdAt }) => {
      return { name, version, table: `${schema}.${of}`, declaredAt: createdAt.toISOString() };
    });
    if (json) return printJson(shown);
    print(table([['NAME', 'VERSION', 'TABLE', 'DECLARED'], ...shown.map((one) => Object.values(one).map(String))]));
  });
}

async function show(name: string, { org }: Scope): Promise<void> {
  await withOwner(org, async (pool, owner) => {
    const found = (await listDeclared({ pool }, owner)).find((declared) => declared.name === name);
    if (!found) throw new CommandError(`There is no declared resource ${name}. "openbulk resources list" shows which there are.`);
    print(found.declaration.trimEnd());
  });
}

async function plan(paths: readonly string[], { org, json }: Scope, setExitCode: SetExitCode): Promise<void> {
  const files = await filesOf(paths);
  await withOwner(org, async (pool, owner) => {
    const planned = await planFiles(pool, owner, files);
    if (json) printJson(planned);
    else {
      print(planned.files.map(toText).join('\n\n'));
      print(`\nTo apply this: openbulk resources apply ${planned.hash}${[...paths, ...(org ? ['--org', org] : [])].map((word) => ` ${word}`).join('')}`);
    }
    if (planned.files.some((file) => !('plan' in file))) setExitCode(EXIT.usage);
  });
}

async function apply(hash: string, paths: readonly string[], options: Applying, setExitCode: SetExitCode): Promise<void> {
  const { org, json, allowLoss = false } = options;
  const files = await filesOf(paths);
  await withOwner(org, async (pool, owner) => {
    const applied = await applyFiles({ pool }, owner, files, { hash, allowLoss });
    if (json) printJson(applied);
    else print(applied.map(toText).join('\n\n'));
    if (applied.some((file) => !('plan' in file))) setExitCode(EXIT.failed);
  });
}

async function remove(name: string, { org, allowLoss = false }: Applying): Promise<void> {
  await withOwner(org, async (pool, owner) => {
    await removeResource({ pool }, { owner, name, allowLoss });
    note(`The resource ${name} was removed.`);
  });
}

/** Does it with what an organization has declared, or what was declared for every organization. */
async function withOwner(org: string | undefined, work: (pool: Parameters<Parameters<typeof withDatabase>[0]>[0], owner: Owner) => Promise<void>): Promise<void> {
  await withDatabase(async (pool) => {
    const owner = org === undefined ? null : (await namedOrganization(pool, org)).id;
    try {
      await work(pool, owner);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      if (error.code === 'not_found') throw new CommandError('There is no such declared resource. "openbulk resources list" shows which there are.');
      throw new CommandError(error.message);
    }
  });
}

async function filesOf(paths: readonly string[]): Promise<DeclarationFile[]> {
  const places = paths.length > 0 ? paths : [readConfig().resourcesDir];
  const found: DeclarationFile[] = [];
  for (const place of places) {
    const files = await readDeclarations(place);
    if (!files) throw new UsageError(`${place} is not there. Name a file or folder with declarations, or set OPENBULK_RESOURCES.`);
    if (files.length === 0) throw new UsageError(`${place} has no declarations: no file that ends with .json, .yaml or .yml.`);
    found.push(...files);
  }
  return found;
}

function toText(file: FileOutcome): string {
  if (!('plan' in file)) return [`${file.path}: ${file.message}`, ...file.problems.map(({ field, message }) => `  ${field}: ${message}`)].join('\n');
  const { name, action, statements, losses } = file.plan;
  const lost = losses.map(({ column, records }) => `-- ${column} is removed, with the values of ${records} records`);
  return [`-- ${file.path}: ${name}, ${WORDS[action]}`, ...lost, ...statements.map((sql) => `${sql};`)].join('\n');
}

const WORDS = { create: 'new', change: 'changed', none: 'as it is' } as const satisfies Record<ResourcePlan['action'], string>;
