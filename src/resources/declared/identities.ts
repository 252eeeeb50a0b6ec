import { text } from '../cells/types.ts';
import type { Resource } from '../resource.ts';

/** docs/api/resources.md "identities": a user is told by either id; all else of it is its document, into which patches are merged. */
export const identities: Resource = {
  name: 'identities',
  table: 'identities',
  operations: ['patch', 'export'],
  readBy: 'identity.user.management.list',
  key: { columns: ['object_id', 'pulse_id'], separate: true },
  columns: [
    { name: 'object_id', sql: 'object_id', type: text(256) },
    { name: 'pulse_id', sql: 'pulse_id', type: text(256) },
  ],
  document: { name: 'document', sql: 'document' },
};
