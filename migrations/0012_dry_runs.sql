-- What a dry run would have left behind so far: the records of its own earlier chunks, by which a later line of the same key gets
-- the outcome that it would get in a run. Nothing refers to the task: checking that for each key took as long as the key itself.
-- Its rows go when the task is over or gone, in pieces, by a sweep: a million of them held up the transaction that ended it for
-- seconds. No worker that has lost the task commits any.

create table dry_run_keys (
  task_id uuid not null,
  key text collate "C" not null,
  -- of the values that the record would have
  digest bytea not null,
  primary key (task_id, key)
);
