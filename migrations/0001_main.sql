-- Organizations, files, tasks, the chunk ledger, and the two first resources.
-- Every id is a version 8 UUID that carries 96 bits (src/task/ids.ts); they sort by creation time.

create table organizations (
  id uuid primary key,
  slug text not null unique check (slug ~ '^[a-zA-Z0-9-]{3,}$' and slug !~* '^[0-9a-f]{24}$'),
  name text not null,
  created_at timestamptz not null default now()
);

-- An upload in the file store. The row is written after the bytes are durable.
create table files (
  id uuid primary key,
  organization_id uuid not null references organizations on delete cascade,
  key text not null unique,
  original_name text not null,
  mimetype text not null,
  size bigint not null,
  sha256 text not null,
  created_at timestamptz not null default now()
);

-- One row a task: what is asked, how far it is, what came of it. The counters, the cursor and the chunk's ledger row change
-- in the transaction that changes the records, and only while `lease_token` is the worker's and `lease_until` not past.
create table tasks (
  id uuid primary key,
  organization_id uuid not null references organizations on delete cascade,
  action text not null,
  status text not null default 'pending'
    check (status in ('pending', 'scheduled', 'awaiting_approval', 'paused', 'running', 'completed', 'failed', 'cancelled')),
  config jsonb not null,
  file_id uuid references files,
  created_by jsonb not null,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  started_at timestamptz,
  finished_at timestamptz,
  -- grows with every change that a client can see: the ETag and the event id
  version bigint not null default 1,

  -- what the first slice found out about the input, so that a later one need not look again
  plan jsonb,
  warnings jsonb not null default '[]',
  error jsonb,

  items bigint not null default 0,
  inserts bigint not null default 0,
  updates bigint not null default 0,
  skips bigint not null default 0,
  errors bigint not null default 0,
  chunks integer not null default 0,
  cursor jsonb,
  consumed_bytes bigint not null default 0,

  lease_token bigint not null default 0,
  lease_holder text,
  lease_until timestamptz,
  served_at timestamptz,
  run_after timestamptz not null default '-infinity',
  -- crashes near one place of the input: {count, line, items}
  crash jsonb,

  check (items = inserts + updates + skips + errors)
);

create index tasks_organization on tasks (organization_id, id);
create index tasks_organization_status on tasks (organization_id, status, id);
create index tasks_organization_action on tasks (organization_id, action, id);
create index tasks_runnable on tasks (organization_id, served_at nulls first, id) where status in ('pending', 'running');
create index tasks_file on tasks (file_id);

-- The chunk ledger: one row a chunk, never one a line. Lines are ranges "2-5000,5003"; `errored` is
-- [{line, code, column?, reason}, …] in line order.
create table task_chunks (
  task_id uuid not null references tasks on delete cascade,
  chunk integer not null,
  -- where in the (decompressed) input the chunk starts, so that a report need not read what lies before
  start_offset bigint not null,
  start_line bigint not null,
  last_line bigint not null,
  items integer not null,
  inserts integer not null,
  updates integer not null,
  skips integer not null,
  errors integer not null,
  inserted text not null,
  updated text not null,
  skipped text not null,
  errored jsonb not null,
  primary key (task_id, chunk),
  check (items = inserts + updates + skips + errors),
  check (errors = jsonb_array_length(errored))
);

-- The first answer to a write with an Idempotency-Key, given again for 24 hours.
create table idempotency_keys (
  organization_id uuid not null references organizations on delete cascade,
  scope text not null,
  key text not null,
  fingerprint text not null,
  answer jsonb not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, scope, key)
);
create index idempotency_keys_created_at on idempotency_keys (created_at);

create table inventory_items (
  id uuid not null,
  organization_id uuid not null references organizations on delete cascade,
  key text collate "C" not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  basic_name text not null,
  basic_type text not null,
  basic_status text,
  basic_description text,
  basic_location text,
  basic_owner text,
  basic_classification text,
  hardware_manufacturer text,
  hardware_model text,
  hardware_os_name text,
  hardware_os_version text,
  network_hostname text,
  network_ip_address text,
  network_mac_address text,
  purchase_provider text,
  purchase_order text,
  purchase_order_date date,
  purchase_pricing numeric,
  purchase_frequency text,
  purchase_part_number text,
  purchase_currency text,
  identifiers_serial_number text,
  identifiers_imei text,
  identifiers_udid text,
  identifiers_foreign_id text,
  seats_available integer,
  seats_total integer,
  lifecycle_warranty_expiration_date date,
  lifecycle_expected_useful_life integer,
  primary key (organization_id, id),
  unique (organization_id, key)
);

create table mdm_users (
  id uuid not null,
  organization_id uuid not null references organizations on delete cascade,
  key text collate "C" not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  email text not null,
  name text,
  managed_apple_id text,
  tags text[],
  language text,
  metadata jsonb not null default '{}',
  primary key (organization_id, id),
  unique (organization_id, key)
);
