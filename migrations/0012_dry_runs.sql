-- What a dry run would have left behind so far: the records of its own earlier chunks, by which a later line of the same key gets
-- the outcome that it would get in a run. Nothing refers to the task: checking that for each key took as long as the key itself;
-- its rows go in the transaction that ends or removes the task, and no worker that has lost it commits any.

create table dry_run_keys (
  task_id uuid not null,
  key text collate "C" not null,
  -- of the values that the record would have
  digest bytea not null,
  primary key (task_id, key)
);

create function forget_dry_run() returns trigger language plpgsql as $$
begin
  delete from dry_run_keys where task_id = old.id;
  return null;
end $$;

create trigger forget_dry_run_over after update of status on tasks for each row
  when (old.config ? 'dryRun' and old.status <> new.status and new.status in ('completed', 'failed', 'cancelled'))
  execute function forget_dry_run();
create trigger forget_dry_run_gone after delete on tasks for each row
  when (old.config ? 'dryRun')
  execute function forget_dry_run();
