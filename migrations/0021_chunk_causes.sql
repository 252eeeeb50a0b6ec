-- Why lines of a chunk were not applied, added up when it is written: adding up 100,000 errors for each reader took most of a second.
-- Chunks from before have none, and are added up when they are asked for, as long as they are kept.
alter table task_chunks add column causes jsonb;
