-- A client's secret can be changed while programs still use the one before.
create table client_secrets (
  client_id uuid not null references clients on delete cascade,
  -- sha256 of the secret, in hex; the secret itself is shown once and kept nowhere
  secret_hash text not null check (secret_hash ~ '^[0-9a-f]{64}$'),
  created_at timestamptz not null default now(),
  -- null: the newest; a secret that was replaced ends
  expires_at timestamptz,
  primary key (client_id, secret_hash)
);
insert into client_secrets (client_id, secret_hash, created_at) select id, secret_hash, created_at from clients;
alter table clients drop column secret_hash;
