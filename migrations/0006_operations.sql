-- Tasks that are no imports: patches, actions, exports, and those that somebody else's worker does.

alter table tasks
  add operation text not null default 'import' check (operation in ('import', 'patch', 'act', 'export', 'external')),
  -- the dialect in which it was made: tells how long it is retained
  add origin text not null default 'organizations',
  -- whom and what it is about, in the submitter's own words
  add user_id text,
  add entity_id text,
  -- what an external handler is asked, and what it answers
  add request jsonb,
  add response jsonb,
  -- the task whose file it runs on
  add parent_id uuid references tasks on delete set null,
  -- what an export wrote
  add result_file_id uuid references files,
  add scheduled_at timestamptz,
  add status_changed_at timestamptz not null default clock_timestamp(),
  -- since when it is told of only where its history is asked for
  add historized_at timestamptz,
  -- since when its files and its lines are gone
  add purged_at timestamptz;
alter table tasks alter operation drop default, alter origin drop default;

-- Bytes of the file, devices looked at, rows written: how far it is, and out of how many.
alter table tasks rename consumed_bytes to progress;
alter table tasks add progress_total bigint;
update tasks t set progress_total = f.size from files f where f.id = t.file_id;

drop index tasks_runnable;
create index tasks_runnable on tasks (organization_id, served_at nulls first, id)
  where status in ('pending', 'running') and operation <> 'external';
create index tasks_scheduled on tasks (scheduled_at) where status = 'scheduled';
create index tasks_parent on tasks (parent_id) where parent_id is not null;
create index tasks_result_file on tasks (result_file_id) where result_file_id is not null;
