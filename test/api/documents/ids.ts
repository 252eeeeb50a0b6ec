import { fromHex24, newId, toHex24 } from '../../../src/task/ids.ts';
import { type TestServer, THREE_ROWS } from '../server.ts';
import { type OpenApi, type Operation, resolve, type Schema } from './operations.ts';

/** UUID of an organization. */
type Make = (server: TestServer, organizationId: string) => Promise<string>;

/** With a line that is skipped and one that is an error, so that its report has something to say. */
const importTask: Make = async (server, organizationId) =>
  toHex24((await server.submit(organizationId, 'import-inventory-items', `${THREE_ROWS}Again,laptop,S1\n,,S4\n`)).id);

const job: Make = async (server, organizationId) => {
  const { json } = await server.ask('/api/actions/bulk/jobs', {
    method: 'POST',
    token: await server.token(organizationId),
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ criteria_json: { all: [] }, action_type: 'allow' }),
  });
  return String(json.job_id);
};

/** One that is task-v2's own: those of other dialects ask for more than its permissions. */
const external: Make = async (server, organizationId) => {
  const { json } = await server.ask('/v2/task/create', {
    method: 'POST',
    token: await server.token(organizationId),
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ handler: 'LabelPrinter' }),
  });
  return String(json.task_id);
};

/** One whose records are listed with the permission of the route alone. */
const resource: Make = async (server, organizationId) => {
  const name = `things-${toHex24(newId())}`;
  const permissions = { readBy: 'base.bulk.management.list' };
  await server.ask(`/v1/organizations/${toHex24(organizationId)}/resources/${name}`, {
    method: 'PUT',
    token: await server.token(organizationId),
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ fields: [{ name: 'k' }], primaryKey: 'k', openbulk: { name, permissions } }),
  });
  return name;
};

/**
 * How to make what an id in a document names, by the name of the parameter or member, after the dialect where one name means
 * different things. `null`: it names nothing of ours.
 */
const makers: Readonly<Record<string, Make | null>> = {
  organizationId: async (_server, organizationId) => toHex24(organizationId),
  bulkTaskId: importTask,
  bulkId: importTask,
  resource,
  table: null,
  'actions.id': job,
  'task-v2.id': external,
  user_id: null,
  entity_id: null,
};

const NO_ID = '0123456789abcdef01234567';

/** An id that names nothing, spelled like `id`. */
export function nobodys(id: string): string {
  return id.includes('-') ? fromHex24(NO_ID) : NO_ID;
}

/** The names of all ids that an operation takes, in its path, its query and its bodies. */
export function idsOf({ parameters, requestBody, document }: Operation): string[] {
  const inParameters = parameters
    .filter(({ name, in: place }) => place === 'path' || (place === 'query' && isId(name)))
    .map(({ name }) => name);
  const bodies = Object.values(requestBody?.content ?? {}).map(({ schema }) => schema);
  return [...new Set([...inParameters, ...bodies.flatMap((schema) => idMembers(schema, document))])];
}

/** What makes the real object that an id names. @throws Error for an id that nobody has said how to make */
export function makerOf({ dialect, operationId }: Operation, name: string): Make {
  const make = makers[`${dialect}.${name}`] ?? makers[name];
  if (make) return make;
  if (make === null) return async () => NO_ID;
  throw new Error(`${operationId} takes the id "${name}", for which test/api/documents/ids.ts makes nothing. Add it.`);
}

function isId(name: string): boolean {
  return /^id$|Id$|_id$/.test(name);
}

function idMembers(given: Schema, document: OpenApi, depth = 0): string[] {
  if (depth > 5) return [];
  const { properties = {}, items, anyOf = [], oneOf = [] } = resolve(given, document);
  const below = [...Object.values(properties), ...anyOf, ...oneOf, ...(items ? [items] : [])];
  return [
    ...Object.keys(properties).filter(isId),
    ...below.flatMap((schema) => idMembers(schema, document, depth + 1)),
  ];
}
