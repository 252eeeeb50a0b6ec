-- How long what was done is kept, who is reading it, and which files have to leave the file store.

-- What an organization set for a dialect; without a row the installation's periods hold (OPENBULK_RETENTION_…_DAYS).
create table retention_periods (
  organization_id uuid not null references organizations on delete cascade,
  origin text not null,
  -- from the end of a task until its files and its lines go: at least as long as an Idempotency-Key is answered
  results_days integer not null check (results_days between 1 and 36500),
  -- from then until its summary goes
  summary_days integer not null check (summary_days between 0 and 36500),
  primary key (organization_id, origin)
);

-- Until when somebody reads the task's files or lines, who puts this off while reading; by the database's clock.
alter table tasks add read_until timestamptz;

create index tasks_retained on tasks (organization_id, origin, finished_at, id)
  where status in ('completed', 'failed', 'cancelled') and purged_at is null;
create index tasks_purged on tasks (organization_id, origin, purged_at, id) where purged_at is not null;

-- Keys in the file store that no row of `files` names any more, or, until `due_at`, none yet. Written in the transaction that
-- forgets the file (or before the one that will know it), and gone once the file is.
create table files_to_remove (
  key text primary key,
  due_at timestamptz not null default now()
);
