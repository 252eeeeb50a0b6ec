import { actions } from '../operations/registry.ts';

/** The names of all actions that this program can do, such as `import-inventory-items`. */
export function listActions(): string[] {
  return actions.map(({ name }) => name);
}
