-- What exports have in the file store and no `files` row names: the parts that are written, and what is being written. A row
-- stands here before its file does, so that the file of a process that died is found.

create table task_parts (
  key text primary key,
  -- no reference: a file is there until it is removed, whatever became of its task
  task_id uuid not null,
  -- rows of the export before it
  first_row bigint not null,
  -- bytes; null until it is the task's, in the transaction that moves the task's cursor past it
  size bigint,
  created_at timestamptz not null default clock_timestamp()
);
create index task_parts_task on task_parts (task_id, first_row);
