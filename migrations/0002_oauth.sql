-- Tokens: who the server says it is, the keys it signs with, and the clients that may ask it for a token.

-- What all processes on this database must agree on. `issuer` is the issuer's URL (src/auth/issuer-identity.ts).
create table settings (
  name text primary key,
  value text not null,
  updated_at timestamptz not null default now()
);

-- The embedded issuer's keys, shared by every process. The greatest id is the newest and signs; the older ones still
-- verify what they signed, until their row is deleted.
create table issuer_keys (
  id bigint generated always as identity primary key,
  purpose text not null check (purpose in ('signing', 'cookie')),
  -- signing: a private JWK (RFC 7517) with kid and alg; cookie: a string
  secret jsonb not null,
  created_at timestamptz not null default now()
);

-- A client of the embedded issuer: it acts for one organization, with at most these permissions.
create table clients (
  id uuid primary key,
  organization_id uuid not null references organizations on delete cascade,
  name text not null,
  -- sha256 of the secret, in hex; the secret itself is shown once and kept nowhere
  secret_hash text not null check (secret_hash ~ '^[0-9a-f]{64}$'),
  permissions text[] not null,
  created_at timestamptz not null default now(),
  revoked_at timestamptz
);
create index clients_organization on clients (organization_id, id);
