import { resources } from '../resources/registry.ts';
import type { Resource } from '../resources/resource.ts';

/** What an action does, and to which resource. */
export interface Action {
  /** Such as `import-inventory-items`. */
  readonly name: string;
  readonly operation: 'import';
  readonly resource: Resource;
}

/** Every action there is: each resource's import, if it takes one. */
export const actions: readonly Action[] = resources
  .filter(({ operations }) => operations.includes('import'))
  .map((resource) => ({ name: `import-${resource.name}`, operation: 'import', resource }));

/** The action of that name. */
export function findAction(name: string): Action | undefined {
  return actions.find((action) => action.name === name);
}
