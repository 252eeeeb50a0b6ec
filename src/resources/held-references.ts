import { catalogName } from './declaration/names.ts';
import { type Column, type HeldReference, heldFields, type ReferredTable, type Resource } from './resource.ts';

/** Why a foreign key cannot be one. */
export interface WrongReference {
  /** Where in the foreign key, as the end of a JSON pointer. */
  readonly at: string;
  /** What is wrong and what to do, as sentences. */
  readonly message: string;
}

/** The table to which a reference of an adopted table refers, or what is wrong with it. @param found the other resource, if it is there */
export function referTo(
  resource: Resource,
  reference: HeldReference,
  found: Resource | undefined,
): { readonly to: ReferredTable } | { readonly wrong: readonly WrongReference[] } {
  const place = whatIsWrongWithTarget(resource, reference, found);
  if (place || !found?.adopted) return { wrong: place ? [place] : [] };
  const wrong = [...whatIsWrongWithFields(resource, reference, found), ...whatIsWrongWithCreated(reference, found)];
  if (wrong.length > 0) return { wrong };
  const { schema, table, organization } = found.adopted;
  const column = (field: string) => columnOf(found, field) as Column;
  return {
    to: {
      ...{ schema, table, columns: reference.targets.map((target) => catalogName(column(target).sql)) },
      created: Object.entries(reference.create).map(([field, cell]) => {
        const { sql, type } = column(field);
        return { column: catalogName(sql), value: cell === '' ? null : (type.canonical(cell) as string) };
      }),
      ...(organization && { organization }),
    },
  };
}

/**
 * The resource with the tables to which its references refer.
 *
 * @param find another resource by its name
 * @returns references without a table are those that nothing is known of, or that do not fit any more
 */
export function withTables(resource: Resource, find: (name: string) => Resource | undefined): Resource {
  const { adopted } = resource;
  if (!adopted || adopted.references.length === 0) return resource;
  const references = adopted.references.map(({ to: _, ...reference }) => {
    const found = isItself(resource, reference) ? resource : find(reference.resource as string);
    const referred = referTo(resource, reference, found);
    return 'to' in referred ? { ...reference, to: referred.to } : reference;
  });
  return { ...resource, adopted: { ...adopted, references } };
}

/** Whether a reference names a record of the same resource. */
function isItself({ name }: Resource, { resource = name }: HeldReference): boolean {
  return resource === name;
}

function columnOf({ columns }: Resource, field: string): Column | undefined {
  return columns.find(({ name }) => name === field);
}

function whatIsWrongWithTarget(
  resource: Resource,
  { resource: name, targets }: HeldReference,
  found: Resource | undefined,
): WrongReference | undefined {
  const wrong = (message: string, at = '/reference/resource') => ({ at, message });
  if (!found) {
    return wrong(
      `There is no resource ${name}. Declare it first, or correct the name. Of two that refer to each other, declare one without its foreign key first.`,
    );
  }
  if (!found.adopted)
    return wrong(
      `${found.name} has a table of OpenBulk's. A column of an existing table can hold references to existing tables only.`,
    );
  const [here, there] = [resource.adopted?.connection, found.adopted.connection];
  if (here !== there) {
    const where = (connection: string | undefined) =>
      connection === undefined ? 'the database of OpenBulk' : `the database of the connection ${connection}`;
    return wrong(
      `${found.name} is in ${where(there)}, and this table in ${where(here)}. Both must be in the same database.`,
    );
  }
  const { columns: key } = found.key;
  if (targets.toSorted().join('\0') !== key.toSorted().join('\0'))
    return wrong(`It must refer to the primary key of ${found.name}: ${key.join(', ')}.`, '/reference/fields');
  const held = heldFields(found);
  const within = key.filter((field) => held.has(field));
  if (within.length === 0) return undefined;
  return wrong(
    `The key of ${found.name} has references of its own: ${within.join(', ')}. Such a key cannot be referred to.`,
    '/reference/fields',
  );
}

function* whatIsWrongWithFields(
  resource: Resource,
  { fields, targets }: HeldReference,
  found: Resource,
): Generator<WrongReference> {
  for (const [index, field] of fields.entries()) {
    const target = targets[index] as string;
    if (columnOf(resource, field)?.type.sql === columnOf(found, target)?.type.sql) continue;
    const message = `${field} is not of the type of ${target} of ${found.name}. Declare the same type.`;
    yield { at: `/fields/${index}`, message };
  }
}

/** Cells of records that are created are checked like those of a file. */
function* whatIsWrongWithCreated(
  { missing, create, targets }: HeldReference,
  found: Resource,
): Generator<WrongReference> {
  if (missing !== 'create') return;
  const held = heldFields(found);
  for (const [field, cell] of Object.entries(create)) {
    const at = `/openbulk/create/${field.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const column = columnOf(found, field);
    const why = targets.includes(field)
      ? 'is part of the key, which the line gives'
      : column?.readOnly
        ? 'is read-only'
        : held.has(field)
          ? 'is a reference of its own'
          : undefined;
    if (!column) yield { at, message: `${found.name} has no field ${field}. Correct the name, or remove it.` };
    else if (why) yield { at, message: `The field ${field} of ${found.name} ${why}. Remove it.` };
    else if (cell !== '' && column.type.canonical(cell) === undefined)
      yield { at, message: `The field ${field} of ${found.name} must be ${column.type.expected}.` };
  }
  for (const { name, required, readOnly } of found.columns) {
    if (!required || readOnly || targets.includes(name) || (create[name] ?? '') !== '') continue;
    const message = held.has(name)
      ? `The field ${name} of ${found.name} is required, and is a reference: such records cannot be created.`
      : `The field ${name} of ${found.name} is required. Write what new records have in create.`;
    yield { at: '/openbulk/create', message };
  }
}
