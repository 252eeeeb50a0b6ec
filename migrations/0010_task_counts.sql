-- How many tasks of each kind an organization has, so that a list can say so exactly without counting them.
--
-- A change of a task adds a row to task_count_changes and touches no other: one row with the number would make everybody who
-- submits to an organization wait for everybody else. What is in both tables together is true in every transaction; workers
-- fold the changes into the counts.

create table task_counts (
  organization_id uuid not null,
  action text not null,
  status text not null,
  started boolean not null,
  tasks bigint not null,
  primary key (organization_id, action, status, started)
);

create table task_count_changes (
  id bigint generated always as identity primary key,
  organization_id uuid not null,
  action text not null,
  status text not null,
  started boolean not null,
  change smallint not null
);

create function count_task() returns trigger language plpgsql as $$
begin
  if tg_op <> 'INSERT' and old.historized_at is null then
    insert into task_count_changes (organization_id, action, status, started, change)
      values (old.organization_id, old.action, old.status, old.started_at is not null, -1);
  end if;
  if tg_op <> 'DELETE' and new.historized_at is null then
    insert into task_count_changes (organization_id, action, status, started, change)
      values (new.organization_id, new.action, new.status, new.started_at is not null, 1);
  end if;
  return null;
end $$;

create trigger count_new_task after insert on tasks for each row execute function count_task();
create trigger count_gone_task after delete on tasks for each row execute function count_task();
-- A chunk changes none of these, and is not held up.
create trigger count_changed_task after update on tasks for each row
  when (old.status <> new.status or (old.started_at is null) <> (new.started_at is null)
    or (old.historized_at is null) <> (new.historized_at is null))
  execute function count_task();

insert into task_counts
  select organization_id, action, status, started_at is not null, count(*) from tasks where historized_at is null
  group by 1, 2, 3, 4;

-- A page is found in an index that has no task that lists do not show.
drop index tasks_organization, tasks_organization_status, tasks_organization_action;
create index tasks_organization on tasks (organization_id, id) where historized_at is null;
create index tasks_organization_status on tasks (organization_id, status, id) where historized_at is null;
create index tasks_organization_action on tasks (organization_id, action, status, id) where historized_at is null;
