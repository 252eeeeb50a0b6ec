import type { TableShape, TriggerShape } from '../shape/shape.ts';
import type { WriteMode, WriteRequest } from './plan.ts';
import { referencesAreIndependent } from './references.ts';

/** What a mode does to a table. */
export const EVENTS = {
  upsert: ['insert', 'update'],
  'insert-or-skip': ['insert'],
  insert: ['insert'],
  update: ['update'],
  delete: ['delete'],
} as const satisfies Record<WriteMode, readonly ('insert' | 'update' | 'delete')[]>;

/** Triggers of the owner's that fire for what a mode does, but those declared harmless. */
function firing(shape: TableShape, { mode, harmlessTriggers = [] }: WriteRequest): TriggerShape[] {
  const events: readonly string[] = EVENTS[mode];
  return shape.triggers.filter(
    ({ name, fires, events: its }) =>
      fires && its.some((event) => events.includes(event)) && !harmlessTriggers.includes(name),
  );
}

/** Whether a line changes no other record than its own, as far as the catalogue and the owner's word say. */
export function isIndependent(shape: TableShape, request: WriteRequest): boolean {
  if (request.mode === 'delete' || shape.rowSecurity.applies || shape.rules.length > 0) return false;
  if (shape.kind !== 'table' && shape.kind !== 'partitioned table') return false;
  if (firing(shape, request).length > 0) return false;
  return shape.referencedBy.every(({ onUpdate }) => onUpdate === 'no action' || onUpdate === 'restrict');
}

/** Whether a trigger may have a line change less, or something else, than it says. */
export function isRevised(shape: TableShape, request: WriteRequest): boolean {
  return firing(shape, request).some(
    ({ timing, each, events }) => timing !== 'after' && each === 'row' && events.includes('update'),
  );
}

/** Why lines must be written one by one, although the owner may say otherwise; none when they need not. */
export function findAgainstSets(shape: TableShape, request: WriteRequest): string[] {
  const { mode, columns, organization } = request;
  const found: string[] = [];
  if (mode === 'update' || mode === 'delete') found.push(`The mode ${mode} goes line by line.`);
  if (shape.kind !== 'table') found.push(`It is a ${shape.kind}.`);
  if (shape.hasChildren) found.push('Other tables inherit from it.');
  if (shape.rules.length > 0) found.push(`It has rules: ${shape.rules.map(({ name }) => name).join(', ')}.`);
  if (shape.rowSecurity.applies) found.push('Row security applies to this role.');
  const triggers = firing(shape, request).map(({ name }) => name);
  if (triggers.length > 0) found.push(`It has triggers that are not declared harmless: ${triggers.join(', ')}.`);
  const self = shape.constraints.filter(({ references }) => references?.self).map(({ name }) => name);
  if (self.length > 0) found.push(`It references itself: ${self.join(', ')}.`);
  else if (!referencesAreIndependent(shape, request))
    found.push('Lines refer to records that lines before them may make.');
  const deferrable = [...shape.constraints, ...shape.triggers].filter((one) => one.deferrable).map(({ name }) => name);
  if (deferrable.length > 0)
    found.push(`It has constraints that can be deferred: ${[...new Set(deferrable)].join(', ')}.`);
  // A set would make records without a key.
  const nullable = shape.columns.filter(({ name, notNull }) => request.key.includes(name) && !notNull);
  if (nullable.length > 0) found.push(`Its key may be null: ${nullable.map(({ name }) => name).join(', ')}.`);
  const cascading = shape.referencedBy.filter(({ onUpdate }) => onUpdate !== 'no action' && onUpdate !== 'restrict');
  if (cascading.length > 0)
    found.push(`A change of it changes other tables: ${cascading.map(({ name }) => name).join(', ')}.`);
  if (mode === 'upsert')
    found.push(...absentColumns(shape, [...columns, ...(organization ? [organization.column] : [])]));
  return found;
}

/** An INSERT looks at these before it finds that the record is there. */
function absentColumns(shape: TableShape, given: readonly string[]): string[] {
  const found: string[] = [];
  const isAbsent = (name: string) => !given.includes(name);
  for (const { name, notNull, hasDefault } of shape.columns)
    if (isAbsent(name) && notNull && !hasDefault) found.push(`The lines lack ${name}, which must not be null.`);
  for (const { name, kind, columns } of shape.constraints)
    if (kind === 'check' && columns.some(isAbsent)) found.push(`The lines lack a column that ${name} checks.`);
  return found;
}
