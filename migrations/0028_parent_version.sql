-- A task whose parent is deleted loses it (`on delete set null`), which everybody who sees the task sees: so that is a new version of it.
-- Of updates that do not set the parent, PostgreSQL does not ask the trigger.
create function count_version() returns trigger language plpgsql as $$
begin
  new.version := old.version + 1;
  return new;
end
$$;
create trigger tasks_parent_version before update of parent_id on tasks
  for each row when (new.parent_id is distinct from old.parent_id) execute function count_version();
