import { resources } from '../resources/registry.ts';
import type { Resource } from '../resources/resource.ts';

/** What an action does, and to which resource. */
export interface Action {
  /** Such as `import-inventory-items`. */
  readonly name: string;
  readonly operation: 'import' | 'patch' | 'export';
  readonly resource: Resource;
}

/** Every action there is: what each resource says can be done to it. */
export const actions: readonly Action[] = [...actionsOf('import'), ...actionsOf('patch'), ...actionsOf('export')];

/** The actions of an operation that has one for each resource that takes it. */
function actionsOf(operation: Action['operation']): Action[] {
  return resources
    .filter(({ operations }) => operations.includes(operation))
    .map((resource) => ({ name: `${operation}-${resource.name}`, operation, resource }));
}

/** The action of that name. */
export function findAction(name: string): Action | undefined {
  return actions.find((action) => action.name === name);
}
