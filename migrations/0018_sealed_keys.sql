-- The issuer's keys are encrypted with a key from outside the database, and tokens of the command line can be ended.

alter table issuer_keys
  -- signing: the name in its tokens (RFC 7638); cookie: any, since it binds what is encrypted to its row
  add column kid text,
  -- signing: the JWK without what is private
  add column public_key jsonb,
  -- what `secret` has, encrypted (src/auth/secret-key.ts)
  add column sealed bytea,
  -- the id of the secret key that opens it
  add column sealed_with text,
  -- from then on it neither signs nor verifies; null: nobody has said so
  add column retires_at timestamptz,
  -- in clear only from before, until a program that has the secret key starts
  alter column secret drop not null;

update issuer_keys set
  kid = case purpose when 'signing' then secret->>'kid' else gen_random_uuid()::text end,
  public_key = case purpose when 'signing' then jsonb_build_object('kty', secret->'kty', 'n', secret->'n', 'e', secret->'e',
    'kid', secret->'kid', 'alg', secret->'alg', 'use', secret->'use') end;

alter table issuer_keys
  alter column kid set not null,
  add unique (kid),
  add check ((purpose = 'signing') = (public_key is not null)),
  add check ((secret is null) = (sealed is not null)),
  add check ((sealed is null) = (sealed_with is null));

-- Access tokens that were printed on the command line. One that is not here is not accepted.
create table command_line_tokens (
  -- the token's `jti`; the token itself is kept nowhere
  id uuid primary key,
  organization_id uuid not null references organizations on delete cascade,
  permissions text[] not null,
  -- whom it speaks for
  subject text not null,
  -- who made it: an account of a machine
  made_by text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz
);
create index command_line_tokens_expiry on command_line_tokens (expires_at);
