-- What the metrics of the queue are read from, at any time and in little.

-- Since when a turn waits; of one that does not, since when it did the last time.
alter table turns add waiting_since timestamptz not null default clock_timestamp();

create function note_wait() returns trigger language plpgsql as $$
begin
  new.waiting_since := clock_timestamp();
  return new;
end $$;

create trigger note_wait before update of waiting on turns for each row
  when (new.waiting and not old.waiting) execute function note_wait();

-- How many tasks of all organizations have each status, as far as they are folded: kept where every fold writes a row anyway. No fold may be
-- under way, nor begin, while they are added up.
select pg_advisory_xact_lock(20, -1);
alter table task_count_folds add tasks jsonb not null default '{}';
update task_count_folds set tasks = (
  select coalesce(jsonb_object_agg(status, tasks), '{}') from (
    select s.status, sum(s.tasks) as tasks from (
      select distinct on (organization_id) counts from task_counts where action = '' order by organization_id, fold desc
    ) newest, jsonb_to_recordset(newest.counts) s(status text, tasks bigint) group by 1
  ) sums
);
-- A fold that does not know of them yet fails, and changes nothing.
alter table task_count_folds alter tasks drop default;

create or replace function fold_task_counts(most integer) returns integer language plpgsql
  set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off as $$
declare
  last task_count_folds;
  epoch bigint;
  older bigint[];
  held bigint[];
  folded integer;
  totals jsonb;
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
  select (select count(*) from gone), (
    select coalesce(jsonb_object_agg(status, tasks) filter (where tasks <> 0), '{}') from (
      select status, sum(tasks) as tasks from (
        select status, change from changes where action = ''
        union all
        select key, value::bigint from jsonb_each_text(last.tasks)
      ) parts (status, tasks) group by 1
    ) sums
  ) into folded, totals;
  -- Who holds an epoch may yet change something there, and where there were too many changes some are left.
  if folded = most then held := older; end if;
  if folded = 0 and epoch - 1 = last.closed and cardinality(held) = cardinality(last.open) then return 0; end if;
  insert into task_count_folds values (last.fold + 1, epoch - 1, held, totals);
  delete from task_count_folds where fold = last.fold;
  return folded;
end $$;

-- How many tasks of all organizations have each status, historized ones not counted; exact in every transaction.
create function tasks_by_status() returns table (status text, tasks bigint) rows 8 language plpgsql stable
  set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off as $$
declare
  last task_count_folds;
  epochs bigint[];
begin
  select * into strict last from task_count_folds order by fold desc limit 1;
  epochs := last.open || array(select generate_series(last.closed + 1, pg_sequence_last_value('task_count_epoch')));
  return query
    select c.status, sum(c.tasks)::bigint from (
      select key, value::bigint from jsonb_each_text(last.tasks)
      union all
      select t.status, t.change from task_count_changes t where t.epoch = any(epochs)
    ) c (status, tasks) group by 1 having sum(c.tasks) <> 0;
end $$;
