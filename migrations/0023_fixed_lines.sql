-- The lines of a file that a task of corrections is made of: until it is over nobody else may send them, after that its ledger tells
-- which of them are done. Tasks from before have none.
create table fixed_lines (
  task_id uuid primary key references tasks (id) on delete cascade,
  lines int8multirange not null
);
