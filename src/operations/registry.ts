import { resources } from '../resources/registry.ts';
import type { Resource } from '../resources/resource.ts';
import { actionTypes } from '../task/task.ts';

/** What an action does, and to which resource. */
export interface Action {
  /** Such as `import-inventory-items`. */
  readonly name: string;
  readonly operation: 'import' | 'act';
  readonly resource: Resource;
}

/** Every action there is: each operation of each resource that takes it. */
export const actions: readonly Action[] = resources.flatMap((resource) => {
  const { name, operations } = resource;
  return [
    ...(operations.includes('import') ? [{ name: `import-${name}`, operation: 'import' as const, resource }] : []),
    ...(operations.includes('act')
      ? actionTypes.map((type) => ({ name: `${type}-${name}`, operation: 'act' as const, resource }))
      : []),
  ];
});

/** The action of that name. */
export function findAction(name: string): Action | undefined {
  return actions.find((action) => action.name === name);
}
