-- Resources that people declare, version by version: a declaration is replaced, never changed, since a task goes on with the one that it
-- began with.
create table declared_resources (
  -- Of this version.
  id uuid primary key,
  -- Whose it is; null: every organization's.
  organization_id uuid references organizations on delete cascade,
  name text collate "C" not null,
  version integer not null check (version > 0),
  -- As it was written, since numbers in it must stay as they are.
  declaration json not null,
  -- Where its records are.
  table_schema text not null,
  table_name text not null,
  created_by jsonb,
  created_at timestamptz not null default clock_timestamp(),
  -- Since when another version is in force, or none; null: this one is in force.
  ended_at timestamptz,
  unique nulls not distinct (organization_id, name, version)
);
create unique index declared_resources_in_force on declared_resources (organization_id, name) nulls not distinct where ended_at is null;

-- The version of its resource with which a task began; null where the program brings the resource.
alter table tasks add resource_id uuid references declared_resources;
