import type { Command } from 'commander';
import type { SetExitCode } from '../../terminal/exit.ts';
import { resource } from '../../terminal/values.ts';
import type { Adopting } from './adopt.ts';
import type { Inferring } from './infer.ts';
import type { Applying, Scope } from './with-owner.ts';

const HELP = `
A resource is declared in a file: a Table Schema (https://datapackage.org/standard/table-schema/) in JSON or YAML, with an
"openbulk" member for what the standard lacks; docs/declarations.md is its reference. Without paths, the commands read the
files of the folder OPENBULK_RESOURCES (default: resources in the current folder).

Examples:
  openbulk resources infer customers.csv > customers.json
  openbulk resources plan examples/shop/resources
  openbulk resources apply 3f8a90b1c2d4e5f6 examples/shop/resources
  openbulk import examples/shop/customers.csv --action import-customers
  openbulk resources adopt sales.orders > orders.json`;

/** Commands load what they do when they are called: all resources take a while, and other commands need none. */
export function addResources(program: Command, setExitCode: SetExitCode): void {
  const resources = program.command('resources').description('declare resources').addHelpText('after', HELP);
  const add = (name: string, description: string) =>
    resources
      .command(name)
      .description(description)
      .option('--org <organization>', 'of this organization; without it, of every organization');
  add('list', 'list the declared resources')
    .option('--json', 'print them as JSON')
    .action(async (scope: Scope) => (await import('./declared.ts')).list(scope));
  add('show', 'print a declaration')
    .argument('<name>', 'resource')
    .action(async (name: string, scope: Scope) => (await import('./declared.ts')).show(name, scope));
  add('remove', 'remove a resource with its table')
    .argument('<name>', 'resource')
    .option('--allow-loss', 'remove it even if it has records')
    .action(async (name: string, options: Applying) => (await import('./declared.ts')).remove(name, options));
  add('plan', 'show what declarations would change, and the hash for "apply"')
    .argument('[paths...]', 'files or folders')
    .option('--json', 'print it as JSON')
    .action(async (paths: string[], scope: Scope) => (await import('./plan.ts')).plan(paths, scope, setExitCode));
  add('apply', 'make exactly the changes that "plan" has shown')
    .argument('<hash>', 'hash of the plan')
    .argument('[paths...]', 'files or folders, as in the plan')
    .option('--allow-loss', 'remove the values that the plan says are lost')
    .option('--json', 'print what was changed as JSON')
    .action(async (hash: string, paths: string[], options: Applying) =>
      (await import('./plan.ts')).apply({ hash, paths }, options, setExitCode),
    );
  add('drift', 'compare the declared resources with their tables; exit code 1 if some differ')
    .option('--json', 'print the result as JSON')
    .action(async (scope: Scope) => (await import('./drift.ts')).drift(scope, setExitCode));
  resources
    .command('adopt')
    .description('print a declaration for a table that exists')
    .argument('<table>', 'table with its schema, such as sales.orders; without a schema, of the schema public')
    .option('--name <name>', 'name of the resource; made of the name of the table if not given')
    .option('--connection <name>', 'connection to the database that has the table (OPENBULK_CONNECTION_NAME)')
    .option('--organization <column>', 'column that says which organization a record belongs to')
    .option('--org <organization>', 'declare references by the keys of the tables that this organization has adopted')
    .action(async (table: string, options: Adopting) => (await import('./adopt.ts')).adopt(table, options));
  resources
    .command('infer')
    .description('print a declaration for the records of a CSV file')
    .argument('<file>', 'CSV file, plain or gzip-compressed')
    .option('--name <name>', 'name of the resource; made of the name of the file if not given', resource)
    .option('--encoding <encoding>', 'character set of the file, if the file does not declare it')
    .action(async (file: string, options: Inferring) => (await import('./infer.ts')).infer(file, options));
}
