import { shipped } from '../../operations/catalogue.ts';
import { pathOf } from '../../resources/declaration/names.ts';
import { type OwnMembers, ownMembers } from '../../resources/record-object.ts';
import type { Resource } from '../../resources/resource.ts';
import type { ColumnType } from '../../resources/types/column-type.ts';
import type { Permission } from '../../task/permissions.ts';

/** A member of a record: what a dialect needs to know to declare and spell it. */
export interface RecordMember {
  /** Names of the objects that it is in, and its own: `basic` and `name`. */
  readonly path: readonly string[];
  readonly kind: ColumnType['sql'];
  readonly required: boolean;
}

export interface RecordShape {
  /** What every record has beside them. */
  readonly own: OwnMembers;
  readonly members: readonly RecordMember[];
  /** Name of the object that holds what the submitter names freely, such as `metadata`. */
  readonly open?: string;
  /** Name of the JSON object that is shown unchanged. */
  readonly document?: string;
  /** Whether files of such records can be imported. */
  readonly importable: boolean;
  /** What it takes to read them. */
  readonly readBy: Permission;
}

/** What the records of a resource are made of. */
export function describeResource(resource: Resource): RecordShape {
  const members = resource.columns.map(({ name, type, required }) => ({
    path: pathOf(name),
    kind: type.sql,
    required: required === true,
  }));
  return {
    own: ownMembers(resource),
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
