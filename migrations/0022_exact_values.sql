-- What an external task's handler was asked and what it answered, as it was given: jsonb keeps neither the spaces of a text nor how its
-- numbers are written. jsonb stays, to be searched. Tasks from before have none, and are shown as jsonb has them.
alter table tasks
  add column request_text text,
  add column response_text text;
