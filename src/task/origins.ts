/** The dialects in which a task can be made (`Task.origin`); each has its own periods of retention. */
export const origins = ['organizations', 'activityid', 'actions', 'task-v2'] as const;

export type Origin = (typeof origins)[number];
