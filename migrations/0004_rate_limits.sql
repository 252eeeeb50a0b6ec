-- Rate limits: what the API processes on this database have left, together, for each client. Unlogged: losing it in a crash
-- gives everyone a full budget, and writing it costs little.

create unlogged table rate_limits (
  -- the client of the tokens, else their subject
  client text primary key,
  -- that the bucket had left at refilled_at, parts of a request included
  permits double precision not null,
  -- that the last taker was given: an update cannot return what was there before it
  granted integer not null,
  refilled_at timestamptz not null
) with (fillfactor = 50);
