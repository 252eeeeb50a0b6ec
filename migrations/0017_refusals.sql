-- Ends a statement, and with it the transaction, with an error of our own. Several statements travel together and the last one commits:
-- whatever has to hold must be refused by the database itself, since there is no way back between them at which a client could look.

create function refuse(code text, message text) returns text language plpgsql as $$
begin
  raise exception using errcode = code, message = message;
end $$;
