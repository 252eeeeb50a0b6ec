import { en } from '../say/en.ts';

/** What a task can do. */
export type Action = keyof typeof en.actions;

/** Every action, in the order in which they are offered. */
export const actions = Object.keys(en.actions).filter(isAction);

export function isAction(name: unknown): name is Action {
  return typeof name === 'string' && Object.hasOwn(en.actions, name);
}
