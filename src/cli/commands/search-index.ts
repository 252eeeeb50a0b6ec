import { Argument, type Command } from 'commander';
import { CommandError, UsageError } from '../terminal/exit.ts';
import { note, print, printJson, table } from '../terminal/output.ts';
import { withDatabase } from '../with-database.ts';

const HELP = `
A text search (?q=) reads all records of its organization, which takes a second for a million of them. With the index it
takes milliseconds if few records match. The index needs PostgreSQL's modules pg_trgm and btree_gin and about as much
space as the texts, and it slows down every import: measure yours before and after.`;

export function addSearchIndex(program: Command): void {
  const index = program
    .command('search-index')
    .description('indexes that make text searches in many records fast')
    .addHelpText('after', HELP);
  const resource = () => new Argument('<resource>', 'resource to search, such as inventory-items');
  index.command('list').description('list the indexes').option('--json', 'print them as JSON').action(list);
  index
    .command('add')
    .description('create or rebuild an index; records can be read and written meanwhile')
    .addArgument(resource())
    .action(add);
  index.command('remove').description('delete an index').addArgument(resource()).action(remove);
}

async function list({ json }: { json?: true }): Promise<void> {
  await withDatabase(async (pool) => {
    const { listSearchIndexes } = await searchIndexes();
    const indexes = await listSearchIndexes({ pool });
    if (json) return printJson(indexes);
    print(
      table([
        ['RESOURCE', 'SEARCH INDEX'],
        ...indexes.map(({ resource, indexed }) => [resource, indexed ? 'yes' : 'no']),
      ]),
    );
  });
}

async function add(resource: string): Promise<void> {
  const { makeSearchIndex, SearchIndexError } = await searchIndexes(resource);
  await withDatabase(async (pool) => {
    note(`Creating the search index of ${resource}. This takes minutes for millions of records.`);
    try {
      await makeSearchIndex({ pool }, resource);
    } catch (error) {
      throw error instanceof SearchIndexError ? new CommandError(error.message) : error;
    }
    note('The index is ready; searches use it.');
  });
}

async function remove(resource: string): Promise<void> {
  const { dropSearchIndex } = await searchIndexes(resource);
  await withDatabase(async (pool) => {
    await dropSearchIndex({ pool }, resource);
    note(`The search index of ${resource} is deleted.`);
  });
}

/** What works on them, which takes all resources: other commands need not load it. @throws UsageError when there is no such resource */
async function searchIndexes(resource?: string) {
  const { resourceNames } = await import('../../service/records/describe-resource.ts');
  const names = resourceNames();
  if (resource !== undefined && !names.includes(resource)) {
    throw new UsageError(`There is no resource ${resource}; there is ${names.join(', ')}.`);
  }
  return import('../../service/records/search-indexes.ts');
}
