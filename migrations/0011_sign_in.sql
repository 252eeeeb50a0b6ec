-- Sign-in: people's accounts at the embedded issuer, what that issuer must remember between two requests, and the sessions of
-- browsers.

create table accounts (
  id uuid primary key,
  -- by which its owner signs in, and which others see
  name text not null,
  -- the name as it is compared: Unicode NFKC, in lower case
  key text not null unique,
  -- scrypt with its parameters (src/auth/passwords.ts); null: none was set yet, and nobody can sign in
  password text,
  -- that it may see; null: all, those made later included
  organizations uuid[],
  -- null: all there are when it signs in
  permissions text[],
  created_at timestamptz not null default now()
);

-- Links by which a password is set, once: whoever uses one deletes it.
create table account_links (
  -- sha256 of the token in the link, in hex
  token_hash text primary key check (token_hash ~ '^[0-9a-f]{64}$'),
  -- null: it makes the first account
  account_id uuid references accounts on delete cascade,
  expires_at timestamptz not null
);
create index account_links_account on account_links (account_id);

-- What oidc-provider stores: interactions, codes, grants, refresh tokens.
create table issuer_entries (
  model text not null,
  -- sha256 of the id, in hex: the id of a code or of a refresh token is the secret itself
  id_hash text not null,
  payload jsonb not null,
  grant_id text,
  account_id uuid references accounts on delete cascade,
  -- null: not used yet
  consumed_at timestamptz,
  expires_at timestamptz not null,
  primary key (model, id_hash)
);
create index issuer_entries_grant on issuer_entries (grant_id) where grant_id is not null;
create index issuer_entries_account on issuer_entries (account_id) where account_id is not null;
create index issuer_entries_expiry on issuer_entries (expires_at);

-- A browser that is signed in.
create table sessions (
  -- sha256 of the id in its cookie, in hex
  id_hash text primary key check (id_hash ~ '^[0-9a-f]{64}$'),
  -- null: the account is with an issuer elsewhere
  account_id uuid references accounts on delete cascade,
  name text not null,
  email text,
  -- access and refresh token, encrypted with a key that only the cookie gives
  tokens bytea not null,
  access_expires_at timestamptz not null,
  -- until when a process has taken on to refresh the tokens
  refreshing_until timestamptz,
  -- to the minute
  seen_at timestamptz not null default now(),
  ends_at timestamptz not null
);
create index sessions_account on sessions (account_id) where account_id is not null;
create index sessions_end on sessions (ends_at);
