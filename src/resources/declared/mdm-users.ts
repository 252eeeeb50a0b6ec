import { email, list, text } from '../cells/types.ts';
import type { Resource } from '../resource.ts';

/** docs/api/resources.md "mdm-users". */
export const mdmUsers: Resource = {
  name: 'mdm-users',
  table: 'mdm_users',
  operations: ['import', 'export'],
  readBy: 'mdm.global.mdmUser.list',
  key: { columns: ['email'], caseInsensitive: true },
  columns: [
    {
      name: 'email',
      sql: 'email',
      aliases: ['e-mail address', 'mail', 'correo'],
      type: email,
      required: true,
      examples: ['ada@example.com', 'grace@example.com'],
    },
    {
      name: 'name',
      sql: 'name',
      aliases: ['full name', 'display name', 'nombre'],
      type: text(256),
      examples: ['Ada Lovelace', 'Grace Hopper'],
    },
    { name: 'managedAppleId', sql: 'managed_apple_id', type: text(256), examples: ['ada@appleid.example.com', ''] },
    { name: 'tags', sql: 'tags', type: list, examples: ['engineering|madrid', 'navy'] },
    { name: 'language', sql: 'language', type: text(35), examples: ['en', 'en-US'] },
  ],
  open: {
    prefix: 'metadata.',
    sql: 'metadata',
    type: text(2_000),
    example: { name: 'metadata.department', values: ['Research', 'Compilers'] },
  },
};
