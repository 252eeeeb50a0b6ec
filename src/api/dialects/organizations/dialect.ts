import type { Dialect } from '../../dialect.ts';
import { envelope } from './errors.ts';
import { PREFIX, routes } from './routes.ts';

/** docs/api/organizations.md. */
export const organizations: Dialect = { name: 'organizations', prefix: PREFIX, envelope, routes };
