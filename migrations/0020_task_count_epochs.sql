-- Counts of tasks that stay as fast as they are exact, however much changes and however late vacuum comes.
--
-- A change of a task adds a row to task_count_changes and touches no other: one row with the number would make everybody who
-- submits to an organization wait for everybody else. Folds add the changes to task_counts and delete them; but readers pass over
-- what is deleted until it is vacuumed, and that waits for the oldest transaction of the server. So nobody reads where anything was
-- deleted:
--
-- - A change bears the epoch in which it was made, a tenth of a second or less. Its transaction holds a shared lock on that epoch to its
--   end. A fold begins the next epoch, and closes the older ones whose lock it gets: no change can come there any more. Readers look up
--   the epochs that are open, and no others. A transaction that lasts keeps open those in which it changed something, and no others.
-- - A fold adds rows to task_counts and task_count_folds, and deletes those that they replace. Readers take the newest, which is the
--   first entry that an index has of them.

drop trigger count_new_task on tasks;
drop trigger count_gone_task on tasks;
drop trigger count_changed_task on tasks;
drop function count_task;
drop table task_count_changes, task_counts;

-- Its last value is the current epoch: the same for every transaction, whatever it sees.
create sequence task_count_epoch;
select nextval('task_count_epoch');

create table task_count_changes (
  epoch bigint not null,
  organization_id uuid not null,
  action text not null,
  status text not null,
  started boolean not null,
  change bigint not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);
create index task_count_changes_epoch on task_count_changes (epoch, organization_id);

-- How many tasks there are by status and start: of each action, and of all actions of an organization together, with the action ''.
-- Of each there is one row, or none.
create table task_counts (
  organization_id uuid not null,
  action text not null,
  fold bigint not null,
  counts jsonb not null,
  primary key (organization_id, action, fold)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- One row: up to `closed`, all epochs but those in `open` are closed, and what was changed in them is in task_counts.
create table task_count_folds (
  fold bigint primary key,
  closed bigint not null,
  open bigint[] not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- The current epoch, which stays open until this transaction ends. What was current when it was asked for may be closed when it is
-- locked.
create function hold_task_count_epoch() returns bigint language plpgsql as $$
declare
  epoch bigint;
begin
  loop
    epoch := pg_sequence_last_value('task_count_epoch');
    continue when not pg_try_advisory_xact_lock_shared(20, (epoch % 2147483647)::integer);
    exit when epoch = pg_sequence_last_value('task_count_epoch');
  end loop;
  return epoch;
end $$;

create function count_new_tasks() returns trigger language plpgsql as $$
begin
  insert into task_count_changes
    select hold_task_count_epoch(), organization_id, action, status, started_at is not null, count(*) from made
    where historized_at is null group by 2, 3, 4, 5;
  return null;
end $$;

create function count_gone_tasks() returns trigger language plpgsql as $$
begin
  insert into task_count_changes
    select hold_task_count_epoch(), organization_id, action, status, started_at is not null, -count(*) from gone
    where historized_at is null group by 2, 3, 4, 5;
  return null;
end $$;

create function count_changed_task() returns trigger language plpgsql as $$
declare
  epoch bigint := hold_task_count_epoch();
begin
  if old.historized_at is null then
    insert into task_count_changes
      values (epoch, old.organization_id, old.action, old.status, old.started_at is not null, -1);
  end if;
  if new.historized_at is null then
    insert into task_count_changes
      values (epoch, new.organization_id, new.action, new.status, new.started_at is not null, 1);
  end if;
  return null;
end $$;

-- The settings of the functions below make them find rows by index, whatever the planner believes: these tables have few rows that
-- count, and may have many thousands that do not.

-- How many of an organization's tasks, or of those of an action, are alike.
create function tasks_by_state(of_organization uuid, of_action text)
  returns table (status text, started boolean, tasks bigint) rows 16 language plpgsql stable
  set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off as $$
declare
  epochs bigint[];
begin
  select f.open || array(select generate_series(f.closed + 1, pg_sequence_last_value('task_count_epoch'))) into epochs
  from task_count_folds f order by f.fold desc limit 1;
  return query
    select c.status, c.started, sum(c.tasks)::bigint from (
      select s.* from (
        select t.counts from task_counts t where t.organization_id = of_organization and t.action = coalesce(of_action, '')
        order by t.fold desc limit 1
      ) folded, jsonb_to_recordset(folded.counts) s(status text, started boolean, tasks bigint)
      union all
      select t.status, t.started, t.change from task_count_changes t
      where t.epoch = any(epochs) and t.organization_id = of_organization and (of_action is null or t.action = of_action)
    ) c group by 1, 2 having sum(c.tasks) <> 0;
end $$;

-- How many of an organization's tasks are alike, by action as well.
create function tasks_by_kind(of_organization uuid)
  returns table (action text, status text, started boolean, tasks bigint) language plpgsql stable
  set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off as $$
declare
  epochs bigint[];
begin
  select f.open || array(select generate_series(f.closed + 1, pg_sequence_last_value('task_count_epoch'))) into epochs
  from task_count_folds f order by f.fold desc limit 1;
  return query
    with recursive folded as (
      select '' as action, '[]'::jsonb as counts
      union all
      select next.* from folded before cross join lateral (
        select t.action, t.counts from task_counts t where t.organization_id = of_organization and t.action > before.action
        order by t.action, t.fold desc limit 1) next
    )
    select c.action, c.status, c.started, sum(c.tasks)::bigint from (
      select f.action, s.* from folded f, jsonb_to_recordset(f.counts) s(status text, started boolean, tasks bigint)
      union all
      select t.action, t.status, t.started, t.change from task_count_changes t
      where t.epoch = any(epochs) and t.organization_id = of_organization
    ) c group by 1, 2, 3 having sum(c.tasks) <> 0;
end $$;

-- Folds some changes, `most` at most; who finds another at it leaves it to that one. Returns how many there were.
create function fold_task_counts(most integer) returns integer language plpgsql
  set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off as $$
declare
  last task_count_folds;
  epoch bigint;
  older bigint[];
  held bigint[];
  folded integer;
begin
  -- What others committed before a lock was got must be seen after it.
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'task counts are folded in read committed alone';
  end if;
  if not pg_try_advisory_xact_lock(20, -1) then return 0; end if;
  select * into strict last from task_count_folds order by fold desc limit 1;
  epoch := pg_sequence_last_value('task_count_epoch');
  -- One that was begun by a fold that was cut off, or by a crash of the database, is enough.
  if epoch = last.closed + 1 and exists (select from task_count_changes c where c.epoch = last.closed + 1) then
    epoch := nextval('task_count_epoch');
  end if;
  older := last.open || array(select generate_series(last.closed + 1, epoch - 1));
  if older = '{}' then return 0; end if;
  select coalesce(array_agg(e), '{}') into held from unnest(older) e
  where not pg_try_advisory_xact_lock(20, (e % 2147483647)::integer);
  with gone as (
    delete from task_count_changes
    where ctid = any(array(select c.ctid from task_count_changes c where c.epoch = any(older) limit most)) returning *
  ), changes as (
    select organization_id, coalesce(action, '') as action, status, started, sum(change) as change from gone
    group by grouping sets ((organization_id, action, status, started), (organization_id, status, started))
  ), replaced as (
    select k.organization_id, k.action, t.ctid as place, t.counts
    from (select distinct organization_id, action from changes) k left join lateral (
      select ctid, counts from task_counts t where t.organization_id = k.organization_id and t.action = k.action
      order by t.fold desc limit 1) t on true
  ), removed as (
    delete from task_counts where ctid = any(array(select place from replaced))
  ), added as (
    insert into task_counts
      select organization_id, action, last.fold + 1,
        coalesce(jsonb_agg(jsonb_build_object('status', status, 'started', started, 'tasks', tasks)) filter (where tasks <> 0), '[]')
      from (
        select organization_id, action, status, started, sum(tasks) as tasks from (
          select * from changes
          union all
          select r.organization_id, r.action, s.* from replaced r, jsonb_to_recordset(r.counts) s(status text, started boolean, tasks bigint)
        ) parts (organization_id, action, status, started, tasks) group by 1, 2, 3, 4
      ) sums group by 1, 2
      -- The last task of an action leaves nothing behind.
      having action = '' or bool_or(tasks <> 0)
  )
  select count(*) into folded from gone;
  -- Who holds an epoch may yet change something there, and where there were too many changes some are left.
  if folded = most then held := older; end if;
  if folded = 0 and epoch - 1 = last.closed and cardinality(held) = cardinality(last.open) then return 0; end if;
  insert into task_count_folds values (last.fold + 1, epoch - 1, held);
  delete from task_count_folds where fold = last.fold;
  return folded;
end $$;

create trigger count_new_tasks after insert on tasks referencing new table as made
  for each statement execute function count_new_tasks();
create trigger count_gone_tasks after delete on tasks referencing old table as gone
  for each statement execute function count_gone_tasks();
-- A chunk changes none of these, and is not held up.
create trigger count_changed_task after update on tasks for each row
  when (old.status <> new.status or (old.started_at is null) <> (new.started_at is null)
    or (old.historized_at is null) <> (new.historized_at is null))
  execute function count_changed_task();

insert into task_count_folds values (0, 0, '{}');
insert into task_count_changes
  select 1, organization_id, action, status, started_at is not null, count(*) from tasks where historized_at is null
  group by 2, 3, 4, 5;
