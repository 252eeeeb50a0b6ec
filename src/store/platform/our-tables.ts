import type { Queryable } from '../connection/pool.ts';

/** Every table that the migrations make, which nobody can adopt; `test/store/our-tables.test.ts` holds it complete. */
export const OUR_TABLES: readonly string[] = [
  ...['account_links', 'accounts', 'client_secrets', 'clients', 'command_line_tokens', 'declared_resources', 'devices'],
  ...[
    'dry_run_keys',
    'external_handlers',
    'files',
    'files_to_remove',
    'fixed_lines',
    'former_values',
    'idempotency_keys',
    'identities',
  ],
  ...[
    'inventory_items',
    'issuer_entries',
    'issuer_keys',
    'mdm_users',
    'organizations',
    'preview_parts',
    'previews',
    'rate_limits',
  ],
  ...['retention_periods', 'schema_migrations', 'sessions', 'settings', 'sign_in_places', 'sorted_rows', 'task_chunks'],
  ...['task_count_changes', 'task_count_folds', 'task_counts', 'task_crashes', 'task_parts', 'tasks', 'turns'],
];

/** Whether a table is one that the migrations make, wherever this connection finds those. */
export async function isOurTable(
  db: Queryable,
  { schema, table }: { readonly schema: string; readonly table: string },
): Promise<boolean> {
  const { rows } = await db.query<{ ours: boolean }>(
    `select coalesce(to_regclass(format('%I.%I', $1::text, $2::text)) in
       (select to_regclass(name) from unnest($3::text[]) n(name)), false) as ours`,
    [schema, table, OUR_TABLES],
  );
  return rows[0]?.ours === true;
}
