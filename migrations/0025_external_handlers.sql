-- The handlers of external tasks that an organization has ever had: who lists the tasks of one of them, when none is left, finds none,
-- where a name that never was is a mistake.
create table external_handlers (
  organization_id uuid not null references organizations (id) on delete cascade,
  name text not null,
  primary key (organization_id, name)
);

insert into external_handlers select distinct organization_id, action from tasks where operation = 'external';
