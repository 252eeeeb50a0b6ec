import { resources } from '../resources/registry.ts';
import type { Operation, Resource } from '../resources/resource.ts';
import { TaskError } from '../task/errors.ts';
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

/** What a task's action is done to. @throws TaskError when this server knows no such action */
export function resourceOf({ action }: { readonly action: string }): Resource {
  const resource = findAction(action)?.resource;
  if (!resource) throw new TaskError('unsupported_action', `This server does not know the action ${action}.`);
  return resource;
}
