-- The texts of a list or of open columns as one, for searches and their index: the functions that PostgreSQL has for it cannot be in an
-- index, since what they make of other types depends on settings. The index of the users did not have them: where it was, it is to be made
-- anew (openbulk search-index add mdm-users).
create function searched_text(text[]) returns text immutable parallel safe language sql as $$
  select array_to_string($1, E'\x1f')
$$;

create function searched_text(jsonb) returns text immutable parallel safe language sql as $$
  select string_agg(value, E'\x1f') from jsonb_each_text($1)
$$;

drop index if exists mdm_users_search;
