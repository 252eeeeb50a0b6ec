-- Actions on the records of any resource. What tells a record is a text: those of an owner's table have their key.
-- Parts of a preview are numbered from 0, each with ten thousand ids but the last.
alter table preview_parts add part integer, alter ids type text[] using ids::text[];
update preview_parts p set part = numbered.part from (
  select preview_id, last_id, row_number() over (partition by preview_id order by last_id) - 1 as part from preview_parts) numbered
where p.preview_id = numbered.preview_id and p.last_id = numbered.last_id;
alter table preview_parts drop constraint preview_parts_pkey;
alter table preview_parts drop last_id, add primary key (preview_id, part);

-- Values that records had before a task set others for a time: what the task that puts them back has to do.
create table former_values (
  -- The task that puts them back.
  task_id uuid not null references tasks on delete cascade,
  organization_id uuid not null references organizations on delete cascade,
  -- The name of the resource.
  resource text not null,
  record text not null,
  -- Which came first: of a record, and of the records of a task.
  put bigint not null generated always as identity,
  -- By column, as texts: what it had, and what it was set to.
  former jsonb not null,
  written jsonb not null,
  primary key (task_id, put)
);
create index former_values_record on former_values (organization_id, resource, record);
