import { actions, findAction } from '../../operations/registry.ts';

/** The names of those that take a file of rows, such as `import-inventory-items`. */
export function listImports(): string[] {
  return actions.filter(({ operation }) => operation === 'import').map(({ name }) => name);
}

/** The names of all actions that this program can do, such as `import-inventory-items`. */
export function listActions(): string[] {
  return actions.map(({ name }) => name);
}

/** The name of what an action is done to, such as `inventory-items`; `undefined` of an external handler. */
export function resourceNameOf({ action }: { readonly action: string }): string | undefined {
  return findAction(action)?.resource.name;
}
