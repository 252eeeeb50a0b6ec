import type { Dialect } from '../../dialect.ts';
import { envelope } from './errors.ts';
import { PREFIX, routes } from './routes.ts';

/** docs/api/actions.md. */
export const actions: Dialect = { name: 'actions', prefix: PREFIX, envelope, routes };
