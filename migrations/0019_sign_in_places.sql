-- Browsers and addresses from which somebody has signed in to an account: what strangers try elsewhere does not lock them out.
create table sign_in_places (
  account_id uuid not null references accounts on delete cascade,
  -- sha256 of a browser's secret, or of an address.
  place_hash text not null check (place_hash ~ '^[0-9a-f]{64}$'),
  expires_at timestamptz not null,
  primary key (account_id, place_hash)
);

create index sign_in_places_expiry on sign_in_places (expires_at);
