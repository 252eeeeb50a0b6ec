
CREATE FUNCTION public.count_changed_task() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
declare
  epoch bigint := hold_task_count_epoch();
begin
  if old.historized_at is null then
    insert into task_count_changes
      values (epoch, old.organization_id, old.action, old.status, old.started_at is not null, -1);
  end if;
  if new.historized_at is null then
    insert into task_count_changes
      values (epoch, new.organization_id, new.action, new.status, new.started_at is not null, 1);
  end if;
  return null;
end $$;

CREATE FUNCTION public.count_gone_tasks() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  insert into task_count_changes
    select hold_task_count_epoch(), organization_id, action, status, started_at is not null, -count(*) from gone
    where historized_at is null group by 2, 3, 4, 5;
  return null;
end $$;

CREATE FUNCTION public.count_new_tasks() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  insert into task_count_changes
    select hold_task_count_epoch(), organization_id, action, status, started_at is not null, count(*) from made
    where historized_at is null group by 2, 3, 4, 5;
  return null;
end $$;

CREATE FUNCTION public.count_version() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  new.version := old.version + 1;
  return new;
end
$$;

CREATE FUNCTION public.fold_task_counts(most integer) RETURNS integer
    LANGUAGE plpgsql
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_sort TO 'off'
    AS $$
declare
  last task_count_folds;
  epoch bigint;
  older bigint[];
  held bigint[];
  folded integer;
  totals jsonb;
begin
  -- What others committed before a lock was got must be seen after it.
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'task counts are folded in read committed alone';
  end if;
  if not pg_try_advisory_xact_lock(20, -1) then return 0; end if;
  select * into strict last from task_count_folds order by fold desc limit 1;
  epoch := pg_sequence_last_value('task_count_epoch');
  -- One that was begun by a fold that was cut off, or by a crash of the database, is enough.
  if epoch = last.closed + 1 and exists (select from task_count_changes c where c.epoch = last.closed + 1) then
    epoch := nextval('task_count_epoch');
  end if;
  older := last.open || array(select generate_series(last.closed + 1, epoch - 1));
  if older = '{}' then return 0; end if;
  select coalesce(array_agg(e), '{}') into held from unnest(older) e
  where not pg_try_advisory_xact_lock(20, (e % 2147483647)::integer);
  with gone as (
    delete from task_count_changes
    where ctid = any(array(select c.ctid from task_count_changes c where c.epoch = any(older) limit most)) returning *
  ), changes as (
    select organization_id, coalesce(action, '') as action, status, started, sum(change) as change from gone
    group by grouping sets ((organization_id, action, status, started), (organization_id, status, started))
  ), replaced as (
    select k.organization_id, k.action, t.ctid as place, t.counts
    from (select distinct organization_id, action from changes) k left join lateral (
      select ctid, counts from task_counts t where t.organization_id = k.organization_id and t.action = k.action
      order by t.fold desc limit 1) t on true
  ), removed as (
    delete from task_counts where ctid = any(array(select place from replaced))
  ), added as (
    insert into task_counts
      select organization_id, action, last.fold + 1,
        coalesce(jsonb_agg(jsonb_build_object('status', status, 'started', started, 'tasks', tasks)) filter (where tasks <> 0), '[]')
      from (
        select organization_id, action, status, started, sum(tasks) as tasks from (
          select * from changes
          union all
          select r.organization_id, r.action, s.* from replaced r, jsonb_to_recordset(r.counts) s(status text, started boolean, tasks bigint)
        ) parts (organization_id, action, status, started, tasks) group by 1, 2, 3, 4
      ) sums group by 1, 2
      -- The last task of an action leaves nothing behind.
      having action = '' or bool_or(tasks <> 0)
  )
  select (select count(*) from gone), (
    select coalesce(jsonb_object_agg(status, tasks) filter (where tasks <> 0), '{}') from (
      select status, sum(tasks) as tasks from (
        select status, change from changes where action = ''
        union all
        select key, value::bigint from jsonb_each_text(last.tasks)
      ) parts (status, tasks) group by 1
    ) sums
  ) into folded, totals;
  -- Who holds an epoch may yet change something there, and where there were too many changes some are left.
  if folded = most then held := older; end if;
  if folded = 0 and epoch - 1 = last.closed and cardinality(held) = cardinality(last.open) then return 0; end if;
  insert into task_count_folds values (last.fold + 1, epoch - 1, held, totals);
  delete from task_count_folds where fold = last.fold;
  return folded;
end $$;

CREATE FUNCTION public.hold_task_count_epoch() RETURNS bigint
    LANGUAGE plpgsql
    AS $$
declare
  epoch bigint;
begin
  loop
    epoch := pg_sequence_last_value('task_count_epoch');
    continue when not pg_try_advisory_xact_lock_shared(20, (epoch % 2147483647)::integer);
    exit when epoch = pg_sequence_last_value('task_count_epoch');
  end loop;
  return epoch;
end $$;

CREATE FUNCTION public.note_wait() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  new.waiting_since := clock_timestamp();
  return new;
end $$;

CREATE FUNCTION public.refuse(code text, message text) RETURNS text
    LANGUAGE plpgsql
    AS $$
begin
  raise exception using errcode = code, message = message;
end $$;

CREATE FUNCTION public.searched_text(text[]) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $_$
  select array_to_string($1, E'\x1f')
$_$;

CREATE FUNCTION public.searched_text(jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $_$
  select string_agg(value, E'\x1f') from jsonb_each_text($1)
$_$;

CREATE FUNCTION public.tasks_by_kind(of_organization uuid) RETURNS TABLE(action text, status text, started boolean, tasks bigint)
    LANGUAGE plpgsql STABLE
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_sort TO 'off'
    AS $$
declare
  epochs bigint[];
begin
  select f.open || array(select generate_series(f.closed + 1, pg_sequence_last_value('task_count_epoch'))) into epochs
  from task_count_folds f order by f.fold desc limit 1;
  return query
    with recursive folded as (
      select '' as action, '[]'::jsonb as counts
      union all
      select next.* from folded before cross join lateral (
        select t.action, t.counts from task_counts t where t.organization_id = of_organization and t.action > before.action
        order by t.action, t.fold desc limit 1) next
    )
    select c.action, c.status, c.started, sum(c.tasks)::bigint from (
      select f.action, s.* from folded f, jsonb_to_recordset(f.counts) s(status text, started boolean, tasks bigint)
      union all
      select t.action, t.status, t.started, t.change from task_count_changes t
      where t.epoch = any(epochs) and t.organization_id = of_organization
    ) c group by 1, 2, 3 having sum(c.tasks) <> 0;
end $$;

CREATE FUNCTION public.tasks_by_state(of_organization uuid, of_action text) RETURNS TABLE(status text, started boolean, tasks bigint)
    LANGUAGE plpgsql STABLE ROWS 16
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_sort TO 'off'
    AS $$
declare
  epochs bigint[];
begin
  select f.open || array(select generate_series(f.closed + 1, pg_sequence_last_value('task_count_epoch'))) into epochs
  from task_count_folds f order by f.fold desc limit 1;
  return query
    select c.status, c.started, sum(c.tasks)::bigint from (
      select s.* from (
        select t.counts from task_counts t where t.organization_id = of_organization and t.action = coalesce(of_action, '')
        order by t.fold desc limit 1
      ) folded, jsonb_to_recordset(folded.counts) s(status text, started boolean, tasks bigint)
      union all
      select t.status, t.started, t.change from task_count_changes t
      where t.epoch = any(epochs) and t.organization_id = of_organization and (of_action is null or t.action = of_action)
    ) c group by 1, 2 having sum(c.tasks) <> 0;
end $$;

CREATE FUNCTION public.tasks_by_status() RETURNS TABLE(status text, tasks bigint)
    LANGUAGE plpgsql STABLE ROWS 8
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_sort TO 'off'
    AS $$
declare
  last task_count_folds;
  epochs bigint[];
begin
  select * into strict last from task_count_folds order by fold desc limit 1;
  epochs := last.open || array(select generate_series(last.closed + 1, pg_sequence_last_value('task_count_epoch')));
  return query
    select c.status, sum(c.tasks)::bigint from (
      select key, value::bigint from jsonb_each_text(last.tasks)
      union all
      select t.status, t.change from task_count_changes t where t.epoch = any(epochs)
    ) c (status, tasks) group by 1 having sum(c.tasks) <> 0;
end $$;

CREATE TABLE public.account_links (
    token_hash text NOT NULL,
    account_id uuid,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT account_links_token_hash_check CHECK ((token_hash ~ '^[0-9a-f]{64}$'::text))
);

CREATE TABLE public.accounts (
    id uuid NOT NULL,
    name text NOT NULL,
    key text NOT NULL,
    password text,
    organizations uuid[],
    permissions text[],
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.client_secrets (
    client_id uuid NOT NULL,
    secret_hash text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone,
    CONSTRAINT client_secrets_secret_hash_check CHECK ((secret_hash ~ '^[0-9a-f]{64}$'::text))
);

CREATE TABLE public.clients (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    name text NOT NULL,
    permissions text[] NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    revoked_at timestamp with time zone
);

CREATE TABLE public.command_line_tokens (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    permissions text[] NOT NULL,
    subject text NOT NULL,
    made_by text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone
);

CREATE TABLE public.declared_resources (
    id uuid NOT NULL,
    organization_id uuid,
    name text NOT NULL COLLATE pg_catalog."C",
    version integer NOT NULL,
    declaration json NOT NULL,
    table_schema text NOT NULL,
    table_name text NOT NULL,
    created_by jsonb,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT declared_resources_version_check CHECK ((version > 0))
);

CREATE TABLE public.devices (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    key text NOT NULL COLLATE pg_catalog."C",
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    mac text NOT NULL,
    ip text,
    hostname text,
    vendor text,
    vlan integer,
    site text,
    first_seen timestamp with time zone,
    last_seen timestamp with time zone,
    action text,
    action_reason text,
    action_until timestamp with time zone,
    action_stack jsonb DEFAULT '[]'::jsonb NOT NULL,
    action_job text
);

CREATE TABLE public.dry_run_keys (
    task_id uuid NOT NULL,
    key text NOT NULL COLLATE pg_catalog."C",
    digest bytea NOT NULL
);

CREATE TABLE public.external_handlers (
    organization_id uuid NOT NULL,
    name text NOT NULL
);

CREATE TABLE public.files (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    key text NOT NULL COLLATE pg_catalog."C",
    original_name text NOT NULL,
    mimetype text NOT NULL,
    size bigint NOT NULL,
    sha256 text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.files_to_remove (
    key text NOT NULL COLLATE pg_catalog."C",
    due_at timestamp with time zone DEFAULT now() NOT NULL,
    removing boolean DEFAULT false NOT NULL
);

CREATE TABLE public.fixed_lines (
    task_id uuid NOT NULL,
    lines int8multirange NOT NULL
);

CREATE TABLE public.former_values (
    task_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    resource text NOT NULL,
    record text NOT NULL,
    put bigint NOT NULL,
    former jsonb NOT NULL,
    written jsonb NOT NULL
);

ALTER TABLE public.former_values ALTER COLUMN put ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.former_values_put_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.idempotency_keys (
    organization_id uuid NOT NULL,
    scope text NOT NULL,
    key text NOT NULL,
    fingerprint text NOT NULL,
    answer jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.identities (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    object_id text COLLATE pg_catalog."C",
    pulse_id text COLLATE pg_catalog."C",
    document jsonb NOT NULL,
    CONSTRAINT identities_check CHECK (((object_id IS NOT NULL) OR (pulse_id IS NOT NULL))),
    CONSTRAINT identities_document_check CHECK ((jsonb_typeof(document) = 'object'::text))
);

CREATE TABLE public.inventory_items (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    key text NOT NULL COLLATE pg_catalog."C",
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    basic_name text NOT NULL,
    basic_type text NOT NULL,
    basic_status text,
    basic_description text,
    basic_location text,
    basic_owner text,
    basic_classification text,
    hardware_manufacturer text,
    hardware_model text,
    hardware_os_name text,
    hardware_os_version text,
    network_hostname text,
    network_ip_address text,
    network_mac_address text,
    purchase_provider text,
    purchase_order text,
    purchase_order_date date,
    purchase_pricing numeric,
    purchase_frequency text,
    purchase_part_number text,
    purchase_currency text,
    identifiers_serial_number text,
    identifiers_imei text,
    identifiers_udid text,
    identifiers_foreign_id text,
    seats_available integer,
    seats_total integer,
    lifecycle_warranty_expiration_date date,
    lifecycle_expected_useful_life integer
);

CREATE TABLE public.issuer_entries (
    model text NOT NULL,
    id_hash text NOT NULL,
    payload jsonb NOT NULL,
    grant_id text,
    account_id uuid,
    consumed_at timestamp with time zone,
    expires_at timestamp with time zone NOT NULL
);

CREATE TABLE public.issuer_keys (
    id bigint NOT NULL,
    purpose text NOT NULL,
    secret jsonb,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    kid text NOT NULL,
    public_key jsonb,
    sealed bytea,
    sealed_with text,
    retires_at timestamp with time zone,
    CONSTRAINT issuer_keys_check CHECK (((purpose = 'signing'::text) = (public_key IS NOT NULL))),
    CONSTRAINT issuer_keys_check1 CHECK (((secret IS NULL) = (sealed IS NOT NULL))),
    CONSTRAINT issuer_keys_check2 CHECK (((sealed IS NULL) = (sealed_with IS NULL))),
    CONSTRAINT issuer_keys_purpose_check CHECK ((purpose = ANY (ARRAY['signing'::text, 'cookie'::text])))
);

ALTER TABLE public.issuer_keys ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.issuer_keys_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.mdm_users (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    key text NOT NULL COLLATE pg_catalog."C",
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    email text NOT NULL,
    name text,
    managed_apple_id text,
    tags text[],
    language text,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL
);

CREATE TABLE public.organizations (
    id uuid NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT organizations_slug_check CHECK (((slug ~ '^[a-zA-Z0-9-]{3,}$'::text) AND (slug !~* '^[0-9a-f]{24}$'::text)))
);

CREATE TABLE public.preview_parts (
    preview_id uuid NOT NULL,
    ids text[] NOT NULL,
    part integer NOT NULL
);

CREATE TABLE public.previews (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    token_hash text NOT NULL,
    action text NOT NULL,
    criteria jsonb NOT NULL,
    sealed bigint NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT previews_token_hash_check CHECK ((token_hash ~ '^[0-9a-f]{64}$'::text))
);

CREATE UNLOGGED TABLE public.rate_limits (
    client text NOT NULL,
    permits double precision NOT NULL,
    granted integer NOT NULL,
    refilled_at timestamp with time zone NOT NULL
)
WITH (fillfactor='50');

CREATE TABLE public.retention_periods (
    organization_id uuid NOT NULL,
    origin text NOT NULL,
    results_days integer NOT NULL,
    summary_days integer NOT NULL,
    CONSTRAINT retention_periods_results_days_check CHECK (((results_days >= 1) AND (results_days <= 36500))),
    CONSTRAINT retention_periods_summary_days_check CHECK (((summary_days >= 0) AND (summary_days <= 36500)))
);

CREATE TABLE public.schema_migrations (
    version integer NOT NULL,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.sessions (
    id_hash text NOT NULL,
    account_id uuid,
    name text NOT NULL,
    email text,
    tokens bytea NOT NULL,
    access_expires_at timestamp with time zone NOT NULL,
    refreshing_until timestamp with time zone,
    seen_at timestamp with time zone DEFAULT now() NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    CONSTRAINT sessions_id_hash_check CHECK ((id_hash ~ '^[0-9a-f]{64}$'::text))
);

CREATE TABLE public.settings (
    name text NOT NULL,
    value text NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.sign_in_places (
    account_id uuid NOT NULL,
    place_hash text NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT sign_in_places_place_hash_check CHECK ((place_hash ~ '^[0-9a-f]{64}$'::text))
);

CREATE UNLOGGED TABLE public.sorted_rows (
    sort uuid NOT NULL,
    line bigint NOT NULL,
    came bigint NOT NULL,
    "row" text NOT NULL
);

CREATE TABLE public.task_chunks (
    task_id uuid NOT NULL,
    chunk integer NOT NULL,
    start_offset bigint NOT NULL,
    start_line bigint NOT NULL,
    last_line bigint NOT NULL,
    items integer NOT NULL,
    inserts integer NOT NULL,
    updates integer NOT NULL,
    skips integer NOT NULL,
    errors integer NOT NULL,
    inserted text NOT NULL,
    updated text NOT NULL,
    skipped text NOT NULL,
    errored jsonb NOT NULL,
    causes jsonb,
    suspect_keys jsonb,
    deletes integer DEFAULT 0 NOT NULL,
    deleted text DEFAULT ''::text NOT NULL,
    CONSTRAINT task_chunks_check CHECK ((items = ((((inserts + updates) + deletes) + skips) + errors))),
    CONSTRAINT task_chunks_check1 CHECK ((errors = jsonb_array_length(errored)))
);

CREATE TABLE public.task_count_changes (
    epoch bigint NOT NULL,
    organization_id uuid NOT NULL,
    action text NOT NULL,
    status text NOT NULL,
    started boolean NOT NULL,
    change bigint NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='20000');

CREATE SEQUENCE public.task_count_epoch
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE public.task_count_folds (
    fold bigint NOT NULL,
    closed bigint NOT NULL,
    open bigint[] NOT NULL,
    tasks jsonb NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='2000');

CREATE TABLE public.task_counts (
    organization_id uuid NOT NULL,
    action text NOT NULL,
    fold bigint NOT NULL,
    counts jsonb NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='2000');

CREATE TABLE public.task_crashes (
    task_id uuid NOT NULL,
    lease_token bigint NOT NULL,
    from_record bigint NOT NULL,
    to_record bigint NOT NULL
);

CREATE TABLE public.task_parts (
    key text NOT NULL COLLATE pg_catalog."C",
    task_id uuid NOT NULL,
    first_row bigint NOT NULL,
    size bigint,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

CREATE TABLE public.tasks (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    action text NOT NULL,
    status text DEFAULT 'pending'::text NOT NULL,
    config jsonb NOT NULL,
    file_id uuid,
    created_by jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    version bigint DEFAULT 1 NOT NULL,
    plan jsonb,
    warnings jsonb DEFAULT '[]'::jsonb NOT NULL,
    error jsonb,
    items bigint DEFAULT 0 NOT NULL,
    inserts bigint DEFAULT 0 NOT NULL,
    updates bigint DEFAULT 0 NOT NULL,
    skips bigint DEFAULT 0 NOT NULL,
    errors bigint DEFAULT 0 NOT NULL,
    chunks integer DEFAULT 0 NOT NULL,
    cursor jsonb,
    progress bigint DEFAULT 0 NOT NULL,
    lease_token bigint DEFAULT 0 NOT NULL,
    lease_holder text,
    lease_until timestamp with time zone,
    served_at timestamp with time zone,
    run_after timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    operation text NOT NULL,
    origin text NOT NULL,
    user_id text,
    entity_id text,
    request jsonb,
    response jsonb,
    parent_id uuid,
    result_file_id uuid,
    scheduled_at timestamp with time zone,
    status_changed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    historized_at timestamp with time zone,
    purged_at timestamp with time zone,
    progress_total bigint,
    read_until timestamp with time zone,
    step_records integer,
    request_text text,
    response_text text,
    trace_context jsonb,
    resource_id uuid,
    deletes bigint DEFAULT 0 NOT NULL,
    CONSTRAINT tasks_check CHECK ((items = ((((inserts + updates) + deletes) + skips) + errors))),
    CONSTRAINT tasks_operation_check CHECK ((operation = ANY (ARRAY['import'::text, 'patch'::text, 'act'::text, 'export'::text, 'external'::text]))),
    CONSTRAINT tasks_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'scheduled'::text, 'awaiting_approval'::text, 'paused'::text, 'running'::text, 'completed'::text, 'failed'::text, 'cancelled'::text])))
);

CREATE SEQUENCE public.turn_clock
    START WITH 0
    INCREMENT BY 1
    MINVALUE 0
    NO MAXVALUE
    CACHE 1;

CREATE TABLE public.turns (
    organization_id uuid NOT NULL,
    used bigint NOT NULL,
    waiting boolean NOT NULL,
    waiting_since timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

ALTER TABLE ONLY public.account_links
    ADD CONSTRAINT account_links_pkey PRIMARY KEY (token_hash);

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_key_key UNIQUE (key);

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.client_secrets
    ADD CONSTRAINT client_secrets_pkey PRIMARY KEY (client_id, secret_hash);

ALTER TABLE ONLY public.clients
    ADD CONSTRAINT clients_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.command_line_tokens
    ADD CONSTRAINT command_line_tokens_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.declared_resources
    ADD CONSTRAINT declared_resources_organization_id_name_version_key UNIQUE NULLS NOT DISTINCT (organization_id, name, version);

ALTER TABLE ONLY public.declared_resources
    ADD CONSTRAINT declared_resources_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.devices
    ADD CONSTRAINT devices_organization_id_key_key UNIQUE (organization_id, key);

ALTER TABLE ONLY public.devices
    ADD CONSTRAINT devices_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.dry_run_keys
    ADD CONSTRAINT dry_run_keys_pkey PRIMARY KEY (task_id, key);

ALTER TABLE ONLY public.external_handlers
    ADD CONSTRAINT external_handlers_pkey PRIMARY KEY (organization_id, name);

ALTER TABLE ONLY public.files
    ADD CONSTRAINT files_key_key UNIQUE (key);

ALTER TABLE ONLY public.files
    ADD CONSTRAINT files_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.files_to_remove
    ADD CONSTRAINT files_to_remove_pkey PRIMARY KEY (key);

ALTER TABLE ONLY public.fixed_lines
    ADD CONSTRAINT fixed_lines_pkey PRIMARY KEY (task_id);

ALTER TABLE ONLY public.former_values
    ADD CONSTRAINT former_values_pkey PRIMARY KEY (task_id, put);

ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (organization_id, scope, key);

ALTER TABLE ONLY public.identities
    ADD CONSTRAINT identities_organization_id_object_id_key UNIQUE (organization_id, object_id);

ALTER TABLE ONLY public.identities
    ADD CONSTRAINT identities_organization_id_pulse_id_key UNIQUE (organization_id, pulse_id);

ALTER TABLE ONLY public.identities
    ADD CONSTRAINT identities_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.inventory_items
    ADD CONSTRAINT inventory_items_organization_id_key_key UNIQUE (organization_id, key);

ALTER TABLE ONLY public.inventory_items
    ADD CONSTRAINT inventory_items_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.issuer_entries
    ADD CONSTRAINT issuer_entries_pkey PRIMARY KEY (model, id_hash);

ALTER TABLE ONLY public.issuer_keys
    ADD CONSTRAINT issuer_keys_kid_key UNIQUE (kid);

ALTER TABLE ONLY public.issuer_keys
    ADD CONSTRAINT issuer_keys_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.mdm_users
    ADD CONSTRAINT mdm_users_organization_id_key_key UNIQUE (organization_id, key);

ALTER TABLE ONLY public.mdm_users
    ADD CONSTRAINT mdm_users_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.organizations
    ADD CONSTRAINT organizations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.organizations
    ADD CONSTRAINT organizations_slug_key UNIQUE (slug);

ALTER TABLE ONLY public.preview_parts
    ADD CONSTRAINT preview_parts_pkey PRIMARY KEY (preview_id, part);

ALTER TABLE ONLY public.previews
    ADD CONSTRAINT previews_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.previews
    ADD CONSTRAINT previews_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY public.rate_limits
    ADD CONSTRAINT rate_limits_pkey PRIMARY KEY (client);

ALTER TABLE ONLY public.retention_periods
    ADD CONSTRAINT retention_periods_pkey PRIMARY KEY (organization_id, origin);

ALTER TABLE ONLY public.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (version);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id_hash);

ALTER TABLE ONLY public.settings
    ADD CONSTRAINT settings_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.sign_in_places
    ADD CONSTRAINT sign_in_places_pkey PRIMARY KEY (account_id, place_hash);

ALTER TABLE ONLY public.sorted_rows
    ADD CONSTRAINT sorted_rows_pkey PRIMARY KEY (sort, line, came);

ALTER TABLE ONLY public.task_chunks
    ADD CONSTRAINT task_chunks_pkey PRIMARY KEY (task_id, chunk);

ALTER TABLE ONLY public.task_count_folds
    ADD CONSTRAINT task_count_folds_pkey PRIMARY KEY (fold);

ALTER TABLE ONLY public.task_counts
    ADD CONSTRAINT task_counts_pkey PRIMARY KEY (organization_id, action, fold);

ALTER TABLE ONLY public.task_crashes
    ADD CONSTRAINT task_crashes_pkey PRIMARY KEY (task_id, lease_token);

ALTER TABLE ONLY public.task_parts
    ADD CONSTRAINT task_parts_pkey PRIMARY KEY (key);

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.turns
    ADD CONSTRAINT turns_pkey PRIMARY KEY (organization_id);

CREATE INDEX account_links_account ON public.account_links USING btree (account_id);

CREATE INDEX clients_organization ON public.clients USING btree (organization_id, id);

CREATE INDEX command_line_tokens_expiry ON public.command_line_tokens USING btree (expires_at);

CREATE UNIQUE INDEX declared_resources_in_force ON public.declared_resources USING btree (organization_id, name) NULLS NOT DISTINCT WHERE (ended_at IS NULL);

CREATE INDEX devices_action_until ON public.devices USING btree (action_until) WHERE (action_until IS NOT NULL);

CREATE INDEX files_organization ON public.files USING btree (organization_id) INCLUDE (size);

CREATE INDEX former_values_record ON public.former_values USING btree (organization_id, resource, record);

CREATE INDEX idempotency_keys_created_at ON public.idempotency_keys USING btree (created_at);

CREATE INDEX issuer_entries_account ON public.issuer_entries USING btree (account_id) WHERE (account_id IS NOT NULL);

CREATE INDEX issuer_entries_expiry ON public.issuer_entries USING btree (expires_at);

CREATE INDEX issuer_entries_grant ON public.issuer_entries USING btree (grant_id) WHERE (grant_id IS NOT NULL);

CREATE INDEX previews_expires_at ON public.previews USING btree (expires_at);

CREATE INDEX previews_organization ON public.previews USING btree (organization_id);

CREATE INDEX sessions_account ON public.sessions USING btree (account_id) WHERE (account_id IS NOT NULL);

CREATE INDEX sessions_end ON public.sessions USING btree (ends_at);

CREATE INDEX sign_in_places_expiry ON public.sign_in_places USING btree (expires_at);

CREATE INDEX task_count_changes_epoch ON public.task_count_changes USING btree (epoch, organization_id);

CREATE INDEX task_parts_task ON public.task_parts USING btree (task_id, first_row);

CREATE INDEX tasks_file ON public.tasks USING btree (file_id);

CREATE INDEX tasks_organization ON public.tasks USING btree (organization_id, id) WHERE (historized_at IS NULL);

CREATE INDEX tasks_organization_action ON public.tasks USING btree (organization_id, action, status, id) WHERE (historized_at IS NULL);

CREATE INDEX tasks_organization_status ON public.tasks USING btree (organization_id, status, id) WHERE (historized_at IS NULL);

CREATE INDEX tasks_parent ON public.tasks USING btree (parent_id) WHERE (parent_id IS NOT NULL);

CREATE INDEX tasks_preview ON public.tasks USING btree (((config ->> 'previewId'::text))) WHERE ((config ? 'previewId'::text) AND (status <> ALL (ARRAY['completed'::text, 'failed'::text, 'cancelled'::text])));

CREATE INDEX tasks_purged ON public.tasks USING btree (organization_id, origin, purged_at, id) WHERE (purged_at IS NOT NULL);

CREATE INDEX tasks_result_file ON public.tasks USING btree (result_file_id) WHERE (result_file_id IS NOT NULL);

CREATE INDEX tasks_retained ON public.tasks USING btree (organization_id, origin, finished_at, id) WHERE ((status = ANY (ARRAY['completed'::text, 'failed'::text, 'cancelled'::text])) AND (purged_at IS NULL));

CREATE INDEX tasks_runnable ON public.tasks USING btree (organization_id, served_at NULLS FIRST, id) WHERE ((status = ANY (ARRAY['pending'::text, 'running'::text])) AND (operation <> 'external'::text));

CREATE INDEX tasks_scheduled ON public.tasks USING btree (scheduled_at) WHERE (status = 'scheduled'::text);

CREATE INDEX turns_waiting ON public.turns USING btree (used, organization_id) WHERE waiting;

CREATE TRIGGER count_changed_task AFTER UPDATE ON public.tasks FOR EACH ROW WHEN (((old.status <> new.status) OR ((old.started_at IS NULL) <> (new.started_at IS NULL)) OR ((old.historized_at IS NULL) <> (new.historized_at IS NULL)))) EXECUTE FUNCTION public.count_changed_task();

CREATE TRIGGER count_gone_tasks AFTER DELETE ON public.tasks REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION public.count_gone_tasks();

CREATE TRIGGER count_new_tasks AFTER INSERT ON public.tasks REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION public.count_new_tasks();

CREATE TRIGGER note_wait BEFORE UPDATE OF waiting ON public.turns FOR EACH ROW WHEN ((new.waiting AND (NOT old.waiting))) EXECUTE FUNCTION public.note_wait();

CREATE TRIGGER tasks_parent_version BEFORE UPDATE OF parent_id ON public.tasks FOR EACH ROW WHEN ((new.parent_id IS DISTINCT FROM old.parent_id)) EXECUTE FUNCTION public.count_version();

ALTER TABLE ONLY public.account_links
    ADD CONSTRAINT account_links_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.client_secrets
    ADD CONSTRAINT client_secrets_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.clients(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.clients
    ADD CONSTRAINT clients_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.command_line_tokens
    ADD CONSTRAINT command_line_tokens_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.declared_resources
    ADD CONSTRAINT declared_resources_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.devices
    ADD CONSTRAINT devices_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.external_handlers
    ADD CONSTRAINT external_handlers_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.files
    ADD CONSTRAINT files_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.fixed_lines
    ADD CONSTRAINT fixed_lines_task_id_fkey FOREIGN KEY (task_id) REFERENCES public.tasks(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.former_values
    ADD CONSTRAINT former_values_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.former_values
    ADD CONSTRAINT former_values_task_id_fkey FOREIGN KEY (task_id) REFERENCES public.tasks(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.identities
    ADD CONSTRAINT identities_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.inventory_items
    ADD CONSTRAINT inventory_items_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.issuer_entries
    ADD CONSTRAINT issuer_entries_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.mdm_users
    ADD CONSTRAINT mdm_users_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.preview_parts
    ADD CONSTRAINT preview_parts_preview_id_fkey FOREIGN KEY (preview_id) REFERENCES public.previews(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.previews
    ADD CONSTRAINT previews_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.retention_periods
    ADD CONSTRAINT retention_periods_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.sign_in_places
    ADD CONSTRAINT sign_in_places_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.task_chunks
    ADD CONSTRAINT task_chunks_task_id_fkey FOREIGN KEY (task_id) REFERENCES public.tasks(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.task_crashes
    ADD CONSTRAINT task_crashes_task_id_fkey FOREIGN KEY (task_id) REFERENCES public.tasks(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_file_id_fkey FOREIGN KEY (file_id) REFERENCES public.files(id);

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES public.tasks(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_resource_id_fkey FOREIGN KEY (resource_id) REFERENCES public.declared_resources(id);

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_result_file_id_fkey FOREIGN KEY (result_file_id) REFERENCES public.files(id);

ALTER TABLE ONLY public.turns
    ADD CONSTRAINT turns_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;
