import { printDeclaration } from '../../resources/declaration/print.ts';
import { type OwnMembers, ownMembers } from '../../resources/record-object.ts';
import { permissionFor, type Resource } from '../../resources/resource.ts';
import { parseJson } from '../../task/json/exact-json.ts';
import type { Permission } from '../../task/permissions.ts';

export type { Resource } from '../../resources/resource.ts';

/** A resource's declaration as a value of JSON, whose numbers are as they were written (`parseJson`). */
export function declarationOf({ declaration }: Resource): unknown {
  return parseJson(printDeclaration(declaration));
}

/** What a resource's records call what they have beside its fields; those of a table that is adopted have nothing beside them. */
export function recordMembersOf(resource: Resource): Partial<OwnMembers> {
  return resource.adopted ? {} : ownMembers(resource);
}

/** What takes a permission in addition to what a dialect asks. */
const VERBS = ['import', 'act', 'delete', 'export'] as const;

/** What it takes to work with a resource, in addition to what a dialect asks; a verb without a member takes no more. */
export function requiredOf(
  resource: Resource,
): { list: Permission } & Partial<Record<(typeof VERBS)[number], Permission>> {
  const required = VERBS.flatMap((verb) => {
    const permission = permissionFor(resource, verb);
    return permission ? [[verb, permission] as const] : [];
  });
  return { list: resource.readBy, ...Object.fromEntries(required) };
}
