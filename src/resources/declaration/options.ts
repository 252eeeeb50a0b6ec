import { shown } from '../../task/errors.ts';
import { isPermission, type Permission } from '../../task/permissions.ts';
import {
  type Field,
  HELD,
  type KeyOptions,
  NORMALISATIONS,
  OPERATIONS,
  type OpenOptions,
  type OrganizationOptions,
  PERMITTED,
  type PermissionOptions,
  type ResourceOptions,
  type WriteOptions,
} from './declaration.ts';
import { defined, readColumn, readExamples } from './fields.ts';
import { readFieldNames } from './keys.ts';
import type { Members } from './members.ts';
import { sameName } from './names.ts';

const OPTIONS = [
  ...[
    'name',
    'table',
    'schema',
    'connection',
    'organization',
    'operations',
    'key',
    'labels',
    'descriptions',
    'recordLabels',
    'open',
    'document',
  ],
  ...['writes', 'permissions', 'undo'],
];

/** The `openbulk` member of a schema, without the name. */
export function readResourceOptions(members: Members, fields: readonly Field[]): ResourceOptions {
  const options = defined({
    table: readColumn(members, 'table'),
    schema: readColumn(members, 'schema'),
    connection: readConnection(members),
    organization: readOrganization(members),
    operations: members.words('operations', OPERATIONS),
    key: readKey(members, fields),
    labels: members.byLanguage('labels'),
    descriptions: members.byLanguage('descriptions'),
    recordLabels: members.byLanguage('recordLabels'),
    open: readOpen(members, fields),
    document: readDocument(members, fields),
    writes: readWrites(members),
    permissions: readPermissions(members),
    undo: readUndo(members),
  });
  members.refuseRest(OPTIONS);
  if (options.operations?.length === 0)
    members.problem('operations', 'It allows no operation.', `List some of ${OPERATIONS.join(', ')}, or remove it.`);
  return options;
}

/** The end of the name of an environment variable: `OPENBULK_CONNECTION_CRM`. */
function readConnection(members: Members): string | undefined {
  const connection = members.text('connection', { most: 40 });
  if (connection === undefined || /^[a-z][a-z0-9_]*$/.test(connection)) return connection;
  return members.problem(
    'connection',
    `${shown(connection)} is not a valid connection name.`,
    'Use lowercase letters, digits and underscores, such as crm for OPENBULK_CONNECTION_CRM.',
  );
}

function readKey(options: Members, fields: readonly Field[]): KeyOptions | undefined {
  const members = options.object('key');
  if (!members) return undefined;
  const key = defined({
    firstOf: readFieldNames(members, 'firstOf', fields),
    separate: readFieldNames(members, 'separate', fields),
    normalise: members.words('normalise', NORMALISATIONS),
  });
  members.refuseRest(['firstOf', 'separate', 'normalise']);
  return key;
}

function readOpen(options: Members, fields: readonly Field[]): OpenOptions | undefined {
  const members = options.object('open');
  if (!members) return undefined;
  const prefix = members.text('prefix', { most: 100 });
  const column = readColumn(members, 'column');
  const maxLength = members.count('maxLength', 1, 100_000);
  const example = readOpenExample(members, prefix ?? '');
  const labels = members.byLanguage('labels');
  members.refuseRest(['prefix', 'column', 'maxLength', 'example', 'labels']);
  if (prefix === undefined || column === undefined) {
    return options.problem(
      'open',
      'It needs a prefix and a column.',
      'Write {"prefix": "metadata.", "column": "metadata"}.',
    );
  }
  if (!/^[^.A-Z]+\.$/.test(prefix)) {
    return members.problem(
      'prefix',
      `${shown(prefix)} is not a valid prefix.`,
      'Write a lowercase word followed by a dot, such as "metadata.".',
    );
  }
  for (const { name } of fields) {
    if (!sameName(`${name}.`).startsWith(sameName(prefix))) continue;
    members.problem(
      'prefix',
      `The field ${shown(name)} starts with this prefix.`,
      'Choose another prefix, or rename the field.',
    );
  }
  return { prefix, column, ...defined({ maxLength, example, labels }) };
}

function readOpenExample(open: Members, prefix: string): OpenOptions['example'] {
  const members = open.object('example');
  if (!members) return undefined;
  const name = members.text('name', { most: 256 });
  const values = readExamples(members, 'values');
  members.refuseRest(['name', 'values']);
  if (name !== undefined && !name.startsWith(prefix))
    members.problem(
      'name',
      `${shown(name)} does not start with the prefix.`,
      `Write a name such as ${prefix}department.`,
    );
  if (name === undefined || values === undefined)
    return open.problem('example', 'It needs a name and two values.', 'Write {"name": …, "values": [ …, … ]}.');
  return { name, values };
}

function readDocument(options: Members, fields: readonly Field[]): ResourceOptions['document'] {
  const members = options.object('document');
  if (!members) return undefined;
  const name = members.text('name', { most: 100 });
  const column = readColumn(members, 'column');
  const labels = members.byLanguage('labels');
  members.refuseRest(['name', 'column', 'labels']);
  if (name === undefined || column === undefined)
    return options.problem(
      'document',
      'It needs a name and a column.',
      'Write {"name": "document", "column": "document"}.',
    );
  if (fields.some((field) => sameName(field.name).split('.')[0] === sameName(name)))
    members.problem('name', `A field is also named ${shown(name)}.`, 'Choose another name.');
  return { name, column, ...defined({ labels }) };
}

/** Its column alone holds slugs. */
function readOrganization(options: Members): OrganizationOptions | undefined {
  if (typeof options.peek('organization') === 'string') {
    const column = readColumn(options, 'organization');
    return column === undefined ? undefined : { column, holds: 'slug' };
  }
  const members = options.object('organization');
  if (!members) return undefined;
  const column = readColumn(members, 'column');
  const holds = members.oneOf('holds', HELD) ?? 'slug';
  members.refuseRest(['column', 'holds']);
  if (column === undefined)
    return options.problem('organization', 'It needs a column.', 'Write {"column": "tenant", "holds": "slug"}.');
  return { column, holds };
}

function readWrites(options: Members): WriteOptions | undefined {
  const members = options.object('writes');
  if (!members) return undefined;
  const writes = defined({ asSets: members.flag('asSets'), harmlessTriggers: members.texts('harmlessTriggers') });
  members.refuseRest(['asSets', 'harmlessTriggers']);
  return writes;
}

function readPermissions(options: Members): PermissionOptions | undefined {
  const members = options.object('permissions');
  if (!members) return undefined;
  const permissions: [string, Permission][] = [];
  for (const name of PERMITTED) {
    const permission = members.text(name, { most: 200 });
    if (permission === undefined) continue;
    if (isPermission(permission)) permissions.push([name, permission]);
    else
      members.problem(
        name,
        `${shown(permission)} is not a valid permission.`,
        'Use an existing permission, or one of your own such as resource.customers.list.',
      );
  }
  members.refuseRest(PERMITTED);
  return Object.fromEntries(permissions);
}

function readUndo(options: Members): { days: number } | undefined {
  const members = options.object('undo');
  if (!members) return undefined;
  const days = members.count('days', 0, 36_500);
  members.refuseRest(['days']);
  return days === undefined
    ? options.problem('undo', 'The number of days is missing.', 'Write {"days": 30}. 0 turns undo off.')
    : { days };
}
