-- What an external task's handler was asked and what it answered, as it was given: jsonb keeps neither the spaces of a text nor how its
-- numbers are written. jsonb stays, to be searched. Tasks from before have none, and are shown as jsonb has them.
alter table tasks
  add column request_text text,
  add column response_text text;

-- Keys are compared in NFC and without the characters that nobody sees (Unicode's Default_Ignorable_Code_Point; src/task/text/visible.ts), so
-- that "ada@example.com" and the same with U+200B behind it are one record. Records that are there get the keys that lines look for now.
-- Only keys beyond ASCII are looked at, and only those that change are written; values stay as they are.
--
-- Of records that become equal one gets the key: the one that has it already, else the one that was changed last. The others keep the key
-- that they have, which no line finds any more: they stay in lists and exports as they were, and nothing is merged or lost.
create function pg_temp.comparable(key text) returns text immutable language sql as $$
  select normalize(regexp_replace(regexp_replace(key, '[\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B-\u200F\u202A-\u202E\u2060-\u206F\u3164\uFE00-\uFE0F\uFEFF\uFFA0\uFFF0-\uFFF8\U0001BCA0-\U0001BCA3\U0001D173-\U0001D17A\U000E0000-\U000E0FFF]', '', 'g'),
    '^((?:identifiers\.(?:serialNumber|foreignId):)?)[\s\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]+|[\s\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]+$', '\1', 'g'), nfc)
$$;

create function pg_temp.renew_keys(records text, key text) returns void language plpgsql as $$
begin
  execute format('with changed as materialized (
      select organization_id, id, updated_at, %2$I as old, pg_temp.comparable(%2$I) as fresh from %1$I
      where octet_length(%2$I) <> char_length(%2$I)
    ), renewed as (
      select distinct on (organization_id, fresh) organization_id, id, fresh from changed c
      where fresh <> old and fresh !~ ''^(identifiers\.(serialNumber|foreignId):)?$''
        and not exists (select from %1$I r where r.organization_id = c.organization_id and r.%2$I = c.fresh)
      order by organization_id, fresh, updated_at desc, id desc
    )
    update %1$I r set %2$I = fresh from renewed n where r.organization_id = n.organization_id and r.id = n.id', records, key);
end $$;

select pg_temp.renew_keys('inventory_items', 'key');
select pg_temp.renew_keys('mdm_users', 'key');
select pg_temp.renew_keys('identities', 'object_id');
select pg_temp.renew_keys('identities', 'pulse_id');

drop function pg_temp.renew_keys, pg_temp.comparable;

-- Keys of a chunk's lines that cannot be right, [[key, lines], …]: at the end of the task they are added up to its warnings.
alter table task_chunks add column suspect_keys jsonb;
