/** Every table that the migrations make, which nobody can adopt; `test/store/our-tables.test.ts` holds it complete. */
export const OUR_TABLES: readonly string[] = [
  ...['account_links', 'accounts', 'client_secrets', 'clients', 'command_line_tokens', 'declared_resources', 'devices'],
  ...['dry_run_keys', 'external_handlers', 'files', 'files_to_remove', 'fixed_lines', 'idempotency_keys', 'identities'],
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
