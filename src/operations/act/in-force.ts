import { actionTypes } from '../../task/task.ts';

/** What can be in force on a device (docs/api/actions.md "Action types"; a device that is cleaned up is gone). */
export const DEVICE_ACTIONS = actionTypes.filter((type) => type !== 'cleanup');
