import type { Dialect } from '../../dialect.ts';
import { envelope } from './errors.ts';
import { routes } from './routes.ts';

/** Contract "activityid". */
export const activityid: Dialect = {
  name: 'activityid',
  prefix: '/activityid',
  envelope,
  headers: ['Content-Language'],
  routes,
};
