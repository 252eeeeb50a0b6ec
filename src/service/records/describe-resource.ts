import { shipped } from '../../operations/catalogue.ts';
import type { ColumnType } from '../../resources/cells/types.ts';
import type { Resource } from '../../resources/resource.ts';
import type { Permission } from '../../task/permissions.ts';

/** A member of a record: what a dialect needs to know to declare and spell it. */
export interface RecordMember {
  /** Such as `basic.name`; dots make nested objects. */
  readonly name: string;
  readonly kind: ColumnType['sql'];
  readonly required: boolean;
}

export interface RecordShape {
  readonly members: readonly RecordMember[];
  /** Name of the object that holds what the submitter names freely, such as `metadata`. */
  readonly open?: string;
  /** Name of the one JSON object that is shown as it is. */
  readonly document?: string;
  /** Whether files of such records can be imported. */
  readonly importable: boolean;
  /** What it takes to read them. */
  readonly readBy: Permission;
}

/** What the records of a resource are made of. */
export function describeResource(resource: Resource): RecordShape {
  const members = resource.columns.map(({ name, type, required }) => ({
    name,
    kind: type.sql,
    required: required === true,
  }));
  return {
    members,
    ...(resource.open && { open: resource.open.prefix.slice(0, -1) }),
    ...(resource.document && { document: resource.document.name }),
    importable: resource.operations.includes('import'),
    readBy: resource.readBy,
  };
}

/** The names of the resources that the program brings. */
export function resourceNames(): string[] {
  return shipped.resources.map(({ name }) => name);
}
