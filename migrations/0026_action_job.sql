-- The job that put the action in force that a device has, so that exactly its devices can be taken back. Those of before are not known.
alter table devices add column action_job text;
