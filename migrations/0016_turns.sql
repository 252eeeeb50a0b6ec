-- Turns by time: an organization's account of the workers' time, and whether a turn of it waits. Whoever has had least comes next.

create table turns (
  organization_id uuid primary key references organizations on delete cascade,
  -- milliseconds of workers' time, on the clock below; what a turn may take is put down when it is taken, and corrected at its end
  used bigint not null,
  waiting boolean not null
);
create index turns_waiting on turns (used, organization_id) where waiting;

-- Where the account of the last turn taken stood: an organization that comes (again) begins there rather than with all the time
-- that it never asked for. A sequence, since nobody has to wait for anybody to read or to move it.
create sequence turn_clock as bigint minvalue 0 start 0;

-- Records that a step of the task may have, once a larger one took too long.
alter table tasks add step_records integer;

insert into turns (organization_id, used, waiting)
  select distinct organization_id, 0, true from tasks where status in ('pending', 'running') and operation <> 'external';
