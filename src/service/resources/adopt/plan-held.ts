import { referTo, type WrongReference } from '../../../resources/held-references.ts';
import type { HeldReference, OwnersTable, Resource } from '../../../resources/resource.ts';
import type { Queryable } from '../../../store/connection/pool.ts';
import type { Problem } from '../../platform/service-error.ts';
import { findTarget } from '../plan-references.ts';

/** A resource with the tables to which it refers, and what is wrong with its references. */
export interface HeldReferences {
  readonly resource: Resource;
  readonly adopted: OwnersTable;
  readonly problems: readonly Problem[];
}

/**
 * Finds the tables to which an adopted table refers, by the declarations in force.
 *
 * @param db OpenBulk's own
 * @param pending resources, by name, that will be in force before this one
 */
export async function findHeldReferences(
  db: Queryable,
  owner: string | null,
  { resource, pending }: { readonly resource: Resource; readonly pending?: ReadonlyMap<string, Resource> | undefined },
): Promise<HeldReferences> {
  const adopted = resource.adopted as OwnersTable;
  const problems: Problem[] = [];
  const references: HeldReference[] = [];
  for (const reference of adopted.references) {
    const found = await findTarget(db, owner, { resource, pending }, reference);
    const referred = referTo(resource, reference, found);
    if ('to' in referred) references.push({ ...reference, to: referred.to });
    else {
      references.push(reference);
      problems.push(...referred.wrong.map((wrong) => toProblem(resource, reference, wrong)));
    }
  }
  const whole = { ...adopted, references };
  return { resource: { ...resource, adopted: whole }, adopted: whole, problems };
}

function toProblem(resource: Resource, reference: HeldReference, { at, message }: WrongReference): Problem {
  return { field: `${pointerTo(resource, reference)}${at}`, message };
}

/** Where a declaration has a reference. */
export function pointerTo(
  { declaration }: Resource,
  { fields }: Pick<HeldReference, 'fields'>,
): `declaration/foreignKeys/${number}` {
  const index = declaration.foreignKeys.findIndex((key) => key.fields.join('\0') === fields.join('\0'));
  return `declaration/foreignKeys/${index}`;
}
