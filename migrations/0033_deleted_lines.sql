-- Lines that delete records, by imports with the mode delete.
alter table task_chunks add deletes integer not null default 0, add deleted text not null default '';
alter table task_chunks drop constraint task_chunks_check;
alter table task_chunks add constraint task_chunks_check check (items = inserts + updates + deletes + skips + errors);
alter table tasks add deletes bigint not null default 0;
alter table tasks drop constraint tasks_check;
alter table tasks add constraint tasks_check check (items = inserts + updates + deletes + skips + errors);
