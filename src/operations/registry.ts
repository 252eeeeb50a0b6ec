import { resources } from '../resources/registry.ts';
import type { Operation, Resource } from '../resources/resource.ts';
import { actionTypes } from '../task/task.ts';

/** What an action does, and to which resource. */
export interface Action {
  /** Such as `import-inventory-items`. */
  readonly name: string;
  readonly operation: Operation;
  readonly resource: Resource;
}

/** Every action there is: what each resource says can be done to it. */
export const actions: readonly Action[] = resources.flatMap((resource) =>
  resource.operations.flatMap((operation) => {
    const verbs = operation === 'act' ? actionTypes : [operation];
    return verbs.map((verb) => ({ name: `${verb}-${resource.name}`, operation, resource }));
  }),
);

/** The action of that name. */
export function findAction(name: string): Action | undefined {
  return actions.find((action) => action.name === name);
}
