-- Rows of a report that came back in another order, until they are read in the order of their lines (src/store/sort-rows.ts). What a
-- request that died has left is deleted a day later. Unlogged: after a crash of the database nobody wants them.
create unlogged table sorted_rows (
  sort uuid,
  line int8,
  -- Their order, from 1.
  came int8,
  row text not null,
  primary key (sort, line, came)
);
