import type { Summary } from './queries.ts';

/** What the published page does with devices, as actions begin. */
const ACTS = ['block', 'deny', 'throttle', 'monitor', 'allow', 'cleanup'] as const;
/** What is done with the records of any resource that allows it. */
const RECORD_ACTS = ['set', 'delete', 'revert'] as const;
const VERBS = ['import', 'export', 'patch', ...ACTS, ...RECORD_ACTS] as const;
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
      operation === 'act' ? actsOn(name).map((verb) => `${verb}-${name}`) : [`${operation}-${name}`],
    ),
  );
}

function actsOn(resource: string): readonly Verb[] {
  return resource === 'devices' ? [...ACTS, ...RECORD_ACTS] : RECORD_ACTS;
}
