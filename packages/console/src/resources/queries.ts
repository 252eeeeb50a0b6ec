import { queryOptions, type useQueryClient } from '@tanstack/react-query';
import type { Declaration } from '../catalogue/declaration.ts';
import { writeJson } from '../catalogue/exact-json.ts';
import { dataIn } from '../catalogue/queries.ts';
import { openbulk } from '../client.ts';
import { guessEncoding } from '../imports/file/encodings.ts';
import { readStart } from '../imports/file/local-file.ts';

/** What it takes to declare, change and remove resources. */
export const MANAGE = 'base.bulk.resource.manage';

/** What a declaration would change. */
export type Plan = Awaited<ReturnType<typeof planDeclaration>>;
/** A table that the organization may adopt. */
export type Table = Awaited<ReturnType<typeof loadTables>>['items'][number];

/** A declaration that was made of a file or a table, and what to check. */
export interface Made {
  readonly declaration: Declaration;
  /** Sentences, in English. */
  readonly remarks: readonly string[];
}

/** Bytes of a file that are sent for a declaration to be made of them: as many as the server looks at. */
const INFER_BYTES = 8 * 1024 * 1024;

/** Makes a declaration of a file. @throws FileChanged */
export async function inferFile(organization: string, file: File): Promise<Made> {
  const start = await readStart(file, INFER_BYTES);
  const encoding = guessEncoding(start, start.length === file.size);
  const body = new FormData();
  body.append('size', String(file.size));
  if (encoding) body.append('encoding', encoding);
  body.append('file', new Blob([start]), file.name);
  const path = { organizationId: organization };
  const address = '/v1/organizations/{organizationId}/resources/infer';
  return dataIn<Made>(await openbulk.organizations.response('post', address, { path, body }));
}

export function tablesQuery(organization: string) {
  return queryOptions({
    queryKey: ['tables', organization] as const,
    queryFn: ({ signal }) => loadTables(organization, signal),
  });
}

async function loadTables(organization: string, signal: AbortSignal) {
  const path = { organizationId: organization };
  const address = '/v1/organizations/{organizationId}/resources/tables';
  return (await openbulk.organizations.get(address, { path, signal })).data;
}

/** Makes a declaration of a table. @param column that says whose a record is; `''`: all are the organization's */
export async function declareTable(organization: string, table: string, column: string): Promise<Made> {
  const path = { organizationId: organization, table };
  const query = column === '' ? {} : { organization: column };
  const address = '/v1/organizations/{organizationId}/resources/tables/{table}/declaration';
  return dataIn<Made>(await openbulk.organizations.response('get', address, { path, query }));
}

/** Where declarations and tables have come apart, by resource; for who can do something about it. */
export function driftQuery(organization: string) {
  return queryOptions({
    queryKey: ['drift', organization] as const,
    queryFn: async ({ signal }) => {
      const path = { organizationId: organization };
      const address = '/v1/organizations/{organizationId}/resources/drift';
      const { items } = (await openbulk.organizations.get(address, { path, signal })).data;
      return new Map(items.map(({ name, problems }) => [name, problems] as const));
    },
  });
}

/** A declaration as it is sent: its text, in which every number is as it was written. */
function toBody(declaration: Declaration): Blob {
  return new Blob([writeJson(declaration)], { type: 'application/json' });
}

export async function planDeclaration(organization: string, name: string, declaration: Declaration) {
  const path = { organizationId: organization, resource: name };
  const address = '/v1/organizations/{organizationId}/resources/{resource}/plan';
  return (await openbulk.organizations.post(address, { path, body: toBody(declaration) })).data;
}

/** Applies the plan of that hash and no other. */
export async function applyDeclaration(
  organization: string,
  name: string,
  { declaration, hash, allowLoss }: { declaration: Declaration; hash: string; allowLoss: boolean },
): Promise<Plan> {
  const path = { organizationId: organization, resource: name };
  const query = { hash, ...(allowLoss && { allowLoss: true }) };
  const address = '/v1/organizations/{organizationId}/resources/{resource}';
  return (await openbulk.organizations.put(address, { path, query, body: toBody(declaration) })).data;
}

/** Removes a resource with its records. */
export async function removeResource(organization: string, name: string): Promise<void> {
  const path = { organizationId: organization, resource: name };
  const query = { allowLoss: true };
  await openbulk.organizations.delete('/v1/organizations/{organizationId}/resources/{resource}', { path, query });
}

/** Loads again what depends on which resources there are. */
export async function refreshResources(
  client: ReturnType<typeof useQueryClient>,
  organization: string,
  name: string,
): Promise<void> {
  const keys = [['resources'], ['drift'], ['tables'], ['resource', name], ['records', name]] as const;
  await Promise.all(
    keys.map(([kind, ...rest]) => client.invalidateQueries({ queryKey: [kind, organization, ...rest] })),
  );
}
