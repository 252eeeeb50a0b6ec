import { shipped } from '../../operations/catalogue.ts';
import type { Task } from '../../task/task.ts';

/** The names of those that take a file of rows, of the resources that the program brings, such as `import-inventory-items`. */
export function listImports(): string[] {
  return shipped.actionNames('import');
}

/** The names of all actions on the resources that the program brings, such as `import-inventory-items`. */
export function listActions(): string[] {
  return shipped.actions.map(({ name }) => name);
}

/** The name of what an action is done to, such as `inventory-items`; `undefined` of an external handler. */
export function resourceNameOf({ operation, action }: Pick<Task, 'operation' | 'action'>): string | undefined {
  // No verb has a hyphen.
  return operation === 'external' ? undefined : action.slice(action.indexOf('-') + 1);
}
