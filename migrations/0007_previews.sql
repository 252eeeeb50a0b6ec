-- What an action would do, sealed: its criteria, its type, and the devices that matched, whom alone it may then touch.

create table previews (
  id uuid primary key,
  organization_id uuid not null references organizations on delete cascade,
  -- sha256 of the token, in hex; the token itself is shown once and kept nowhere
  token_hash text not null unique check (token_hash ~ '^[0-9a-f]{64}$'),
  action text not null,
  criteria jsonb not null,
  sealed bigint not null,
  expires_at timestamptz not null
);
create index previews_expires_at on previews (expires_at);

-- The devices of a preview in the order of ids, some thousands a row: a million are a hundred rows.
create table preview_parts (
  preview_id uuid not null references previews on delete cascade,
  last_id uuid not null,
  ids uuid[] not null,
  primary key (preview_id, last_id)
);

-- A preview outlives its hour as long as a task that is not over refers to it.
create index tasks_preview on tasks ((config->>'previewId'))
  where config ? 'previewId' and status not in ('completed', 'failed', 'cancelled');
