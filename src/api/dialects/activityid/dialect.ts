import type { Dialect } from '../../dialect.ts';
import { envelope } from './errors.ts';
import { routes } from './routes.ts';

/** docs/api/activityid.md. */
export const activityid: Dialect = {
  name: 'activityid',
  prefix: '/activityid',
  envelope,
  headers: ['Content-Language'],
  routes,
};
