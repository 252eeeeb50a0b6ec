-- What was at work when a worker stopped, one row for each lease under which that happened: the suspects are the records that all of a
-- task's rows have in common. While there are some, the lease at work has a row too, written before it begins, so that it is there if
-- its worker stops; handing the task back removes it.
--
-- Records are counted by those done before them. Whatever is committed was not at fault: a row goes when the work is past it.

create table task_crashes (
  task_id uuid not null references tasks on delete cascade,
  lease_token bigint not null,
  from_record bigint not null,
  -- the first that was not at work
  to_record bigint not null,
  primary key (task_id, lease_token)
);

-- Counted crashes, whatever their cause: nothing that could be taken over.
alter table tasks drop column crash;
