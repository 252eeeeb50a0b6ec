import type { Dialect } from '../../dialect.ts';
import { envelope } from './errors.ts';
import { routes } from './routes.ts';
import { PREFIX } from './vocabulary.ts';

/** docs/api/task-v2.md. */
export const taskV2: Dialect = { name: 'task-v2', prefix: PREFIX, envelope, routes };
