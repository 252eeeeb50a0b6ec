-- The devices of a network, on which bulk actions act, and the identities into which patches are merged.

create table devices (
  id uuid not null,
  organization_id uuid not null references organizations on delete cascade,
  key text collate "C" not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  mac text not null,
  ip text,
  hostname text,
  vendor text,
  vlan integer,
  site text,
  first_seen timestamptz,
  last_seen timestamptz,
  action text,
  action_reason text,
  action_until timestamptz,
  -- what the device goes back to when the action's time is over, the latest last
  action_stack jsonb not null default '[]',
  primary key (organization_id, id),
  unique (organization_id, key)
);

-- The devices whose action ends; imports never set it, so it costs them nothing. Criteria have no index: they may name any
-- column, they read one organization's devices once, and each index more slows down every import.
create index devices_action_until on devices (action_until) where action_until is not null;

create table identities (
  id uuid not null,
  organization_id uuid not null references organizations on delete cascade,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  object_id text collate "C",
  pulse_id text collate "C",
  document jsonb not null check (jsonb_typeof(document) = 'object'),
  primary key (organization_id, id),
  unique (organization_id, object_id),
  unique (organization_id, pulse_id),
  check (object_id is not null or pulse_id is not null)
);
