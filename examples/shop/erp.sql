-- Tables as a business already has them: docs/your-data.md adopts them.
create schema erp;

create table erp.customers (
  number text primary key,
  name text not null
);
insert into erp.customers values ('C-1', 'Ada Lovelace'), ('C-2', 'Grace Hopper');

create type erp.order_status as enum ('open', 'paid', 'cancelled');

create table erp.orders (
  id bigint generated always as identity primary key,
  number varchar(20) not null unique,
  customer text not null references erp.customers,
  amount numeric(10, 2) not null check (amount > 0),
  placed date not null default current_date,
  status erp.order_status not null default 'open',
  updated timestamptz
);

create table erp.order_history (number text, status erp.order_status, at timestamptz default now());

create function erp.note_order() returns trigger language plpgsql as $$
begin
  insert into erp.order_history (number, status) values (new.number, new.status);
  new.updated := now();
  return new;
end $$;
create trigger note_order before insert or update on erp.orders for each row execute function erp.note_order();

-- What a delivery is of, the table holds by a number that nobody knows: files have the number of the order.
create table erp.deliveries (
  id bigint generated always as identity primary key,
  number text not null unique,
  order_id bigint not null references erp.orders,
  carrier text,
  sent date
);
