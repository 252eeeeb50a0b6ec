import { resources } from '../resources/registry.ts';
import type { Resource } from '../resources/resource.ts';

/** What an action does, and to which resource. */
export interface Action {
  /** Such as `import-inventory-items`. */
  readonly name: string;
  readonly operation: 'import' | 'export';
  readonly resource: Resource;
}

/** Every action there is: each operation that a resource takes. */
export const actions: readonly Action[] = [...actionsOf('import'), ...actionsOf('export')];

function actionsOf(operation: Action['operation']): Action[] {
  return resources
    .filter(({ operations }) => operations.includes(operation))
    .map((resource) => ({ name: `${operation}-${resource.name}`, operation, resource }));
}

/** The action of that name. */
export function findAction(name: string): Action | undefined {
  return actions.find((action) => action.name === name);
}
