-- Who cancelled a task stands beside the sentence that says so, and no longer only in it.
update tasks set error = error || jsonb_build_object('by', substring(error ->> 'message' from '^Cancelled by (.+)\.$'))
where status = 'cancelled' and error ->> 'message' ~ '^Cancelled by .+\.$';
