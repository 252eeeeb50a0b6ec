-- The file store and the database are compared in the order of keys, which is that of their bytes, whatever the database's locale.
alter table files alter key type text collate "C";
alter table files_to_remove alter key type text collate "C";
alter table task_parts alter key type text collate "C";

-- Set before the bytes are removed: from then on the key becomes no file any more, however late the upload that it was announced for.
alter table files_to_remove add removing boolean not null default false;

-- How much an organization stores, and how many previews it has.
create index files_organization on files (organization_id) include (size);
create index previews_organization on previews (organization_id);
