import type { Summary } from './queries.ts';

/** What can be done with records, as actions begin. */
const ACTS = ['block', 'deny', 'throttle', 'monitor', 'allow', 'cleanup'] as const;
const VERBS = ['import', 'export', 'patch', ...ACTS] as const;
export type Verb = (typeof VERBS)[number];

/** Whether a text can be the name of an action, whatever resources there are. */
export function isAction(name: unknown): name is string {
  return typeof name === 'string' && /^[a-z0-9]+(?:-[a-z0-9]+)+$/.test(name) && verbOf(name) !== undefined;
}

/** What an action does, by its name. */
export function verbOf(action: string): Verb | undefined {
  return VERBS.find((verb) => action.startsWith(`${verb}-`));
}

/** The actions that there are for resources. */
export function actionsOf(summaries: readonly Summary[]): string[] {
  return summaries.flatMap(({ name, operations }) =>
    operations.flatMap((operation) =>
      operation === 'act' ? ACTS.map((verb) => `${verb}-${name}`) : [`${operation}-${name}`],
    ),
  );
}
