import fc from 'fast-check';
import type { WriteMode } from '../../../src/targets/adopted/plan/plan.ts';

/** A kind of table that an owner may have made, and lines for it. */
export interface Kind {
  readonly name: string;
  /** Makes the table `target` and what belongs to it, in a schema of its own that comes first in the search path. */
  readonly ddl: string;
  /** Columns that lines have; those of `PLAIN` when not given. */
  readonly values?: Readonly<Record<string, readonly (string | null)[]>>;
  readonly key?: readonly string[];
  readonly organization?: { readonly column: string; readonly value: string };
  readonly harmlessTriggers?: readonly string[];
  /** Rows that are there before, as SQL; made without the triggers, unless they fire. */
  readonly before?: string;
  readonly beforeFires?: boolean;
  readonly modes?: readonly WriteMode[];
  /** Where lines go; `target` when not given. */
  readonly into?: string;
  /** Whether a line has one value at most that is not among the first two: of several faults, any may be told. */
  readonly rare?: boolean;
  /** Whether another role than the owner writes. */
  readonly asStranger?: boolean;
}

/** Few of each, so that lines meet one another and the records; some that are wrong. */
const PLAIN = {
  k: ['k1', 'k2', 'k3', 'k4', 'k5', 'k6', null],
  a: ['1', '2', '3', '4', '150', null],
  u: ['u1', 'u2', 'u3', 'u4', null],
  p: ['1', '2', '9', null],
} as const satisfies Kind['values'];

const PARENT = 'create table parent (id integer primary key); insert into parent values (1), (2);';
const COLUMNS = `id integer generated always as identity primary key, k text not null unique, a integer check (a < 100),
  u text unique, p integer references parent`;
const TABLE = `${PARENT} create table target (${COLUMNS});`;
const BEFORE = `insert into target (k, a, u, p) values ('k1', 1, 'u1', 1), ('k2', 2, 'u2', null), ('k3', 3, null, 2);`;

/** A trigger on the table, with what its function does. */
const trigger = (when: string, body: string, each = 'row') =>
  `create function react() returns trigger language plpgsql as $$ begin ${body} end $$;
   create trigger react ${when} on target for each ${each} execute function react();`;

export const KINDS: readonly Kind[] = [
  { name: 'a plain table', ddl: TABLE, before: BEFORE },
  {
    name: 'a table with an audit trigger that is declared harmless',
    ddl: `${TABLE} create table audit (k text, change text);
      ${trigger('after insert or update or delete', `insert into audit values (coalesce(new.k, old.k), tg_op); return null;`)}`,
    before: BEFORE,
    harmlessTriggers: ['react'],
  },
  {
    name: 'a table whose key is a number, so that texts of one key differ',
    ddl: 'create table target (k numeric primary key, a integer, u text unique);',
    values: { k: ['1', '1.0', '2', '02', '3', 'x'], a: ['1', '2', '3'], u: ['u1', 'u2', null] },
    before: `insert into target values (1, 1, 'u1'), (2, 2, null);`,
  },
  {
    name: 'a key that may be null',
    ddl: 'create table target (k text unique nulls not distinct, a integer, u text unique);',
    values: { k: [null, 'k1', 'k2', 'k3'], a: ['1', '2'], u: ['u1', 'u2', null] },
    before: `insert into target values (null, 1, 'u1'), ('k1', 1, null);`,
  },
  {
    name: 'a partial unique index over an expression',
    ddl: `create table target (k text primary key, a integer, u text); create unique index on target (lower(u)) where a > 1;`,
    values: { k: PLAIN.k, a: ['1', '2', '3'], u: ['u', 'U', 'v', 'V', null] },
    before: `insert into target values ('k1', 1, 'u'), ('k2', 2, 'U');`,
  },
  {
    name: 'an exclusion constraint',
    ddl: 'create table target (k text primary key, r int4range, exclude using gist (r with &&));',
    values: { k: PLAIN.k, r: ['[1,3)', '[2,5)', '[5,7)', '[7,9)', 'empty', null, '[9,1)'] },
    before: `insert into target values ('k1', '[1,3)'), ('k2', '[7,9)');`,
  },
  {
    name: 'a BEFORE trigger that returns null or changes values',
    ddl: `${TABLE} ${trigger('before insert or update', `if new.a = 2 then return null; end if; if new.a = 3 then new.a := 1; end if; return new;`)}`,
    before: BEFORE,
  },
  {
    name: 'a BEFORE INSERT trigger that sets a value',
    ddl: `${TABLE} ${trigger('before insert', `new.a := 0; return new;`)}`,
    before: BEFORE,
  },
  {
    name: 'a BEFORE trigger that changes the key',
    ddl: `${TABLE} ${trigger('before insert or update', `if new.a = 3 then new.k := 'k1'; end if; return new;`)}`,
    before: BEFORE,
  },
  {
    name: 'a BEFORE trigger that changes another unique column',
    ddl: `${TABLE} ${trigger('before insert or update', `if new.a = 3 then new.u := 'u1'; end if; return new;`)}`,
    before: BEFORE,
  },
  {
    name: 'a BEFORE trigger that counts the rows',
    ddl: `${TABLE} ${trigger('before insert or update', `new.a := (select count(*) from target); return new;`)}`,
    before: BEFORE,
  },
  {
    name: 'an AFTER trigger that checks a sum over the rows',
    ddl: `${TABLE} ${trigger('after insert or update or delete', `if (select sum(a) from target) > 8 then raise exception 'The sum is above 8.'; end if; return null;`)}`,
    before: BEFORE,
  },
  {
    name: 'an AFTER trigger that writes to the same table',
    ddl: `${TABLE} ${trigger('after insert or update', `update target set a = new.a where k = 'k' || (substr(new.k, 2)::int + 1) and a is distinct from new.a; return null;`)}`,
    before: BEFORE,
  },
  {
    name: 'a statement trigger that changes other rows',
    ddl: `${TABLE} ${trigger('after insert or update or delete', `update target set u = null where u = 'u4'; return null;`, 'statement').replace('begin update', 'begin if pg_trigger_depth() > 1 then return null; end if; update')}`,
    before: BEFORE,
  },
  {
    name: 'a trigger that raises, an assertion that fails, a division by zero, a missing right',
    ddl: `${TABLE} ${trigger(
      'before insert or update or delete',
      `if tg_op = 'DELETE' then if old.a = 1 then raise exception 'Keep it.'; end if; return old; end if;
       if new.a = 1 then raise exception 'No ones.'; end if; assert new.a <> 2; if new.a = 3 then new.a := 1 / (new.a - 3); end if;
       if new.a = 4 then raise insufficient_privilege; end if; return new;`,
    )}`,
    before: BEFORE.replace(/\('k1', 1/, "('k1', 5")
      .replace("'k2', 2", "'k2', 5")
      .replace("'k3', 3", "'k3', 6"),
  },
  {
    name: 'a constraint trigger that is deferred',
    ddl: `${TABLE} create function react() returns trigger language plpgsql as $$ begin
        if new.a = 3 then raise exception 'No threes.'; end if; return null; end $$;
      create constraint trigger react after insert or update on target deferrable initially deferred for each row execute function react();`,
    before: BEFORE.replace("'k3', 3", "'k3', 4"),
  },
  {
    name: 'triggers that are disabled, of a replica, and always on',
    ddl: `${TABLE}
      create function off() returns trigger language plpgsql as $$ begin raise exception 'This does not fire.'; end $$;
      create trigger off before insert or update on target for each row execute function off();
      create trigger replica before insert or update on target for each row execute function off();
      alter table target disable trigger off; alter table target enable replica trigger replica;
      ${trigger('before insert or update', `new.u := lower(new.u); return new;`)} alter table target enable always trigger react;`,
    values: { ...PLAIN, u: ['u1', 'U1', 'U4', null] },
    before: BEFORE,
    beforeFires: true,
  },
  {
    name: 'a foreign key to itself',
    ddl: `create table target (k text primary key, a integer unique, boss text references target, b integer references target (a));`,
    values: {
      k: ['k1', 'k2', 'k3', 'k4'],
      a: ['1', '2', '3', null],
      boss: ['k1', 'k2', 'k4', null],
      b: ['1', '2', '4', null],
    },
    before: `insert into target values ('k1', 1, null, null), ('k2', 2, 'k1', 1);`,
  },
  {
    name: 'rows that others refer to, whose changes they follow',
    ddl: `create table target (k text primary key, a integer unique, u text);
      create table follower (a integer references target (a) on update cascade on delete set null);
      create table holder (k text references target (k));`,
    values: { k: ['k1', 'k2', 'k3'], a: ['1', '2', '3', null], u: ['u1', 'u2'] },
    before: `insert into target values ('k1', 1, 'u1'), ('k2', 2, 'u2'); insert into follower values (1), (2); insert into holder values ('k1');`,
  },
  {
    name: 'constraints that can be deferred',
    ddl: `${PARENT} create table target (k text primary key, a integer unique deferrable initially deferred, p integer references parent deferrable initially deferred);`,
    values: { k: PLAIN.k, a: ['1', '2', '3', null], p: PLAIN.p },
    before: `insert into target values ('k1', 1, 1), ('k2', 2, null);`,
  },
  {
    name: 'a partitioned table',
    ddl: `${PARENT} create table target (k text not null, a integer not null, u text, p integer references parent, primary key (k, a), unique (u, a)) partition by list (a);
      create table target_1 partition of target for values in (1); create table target_2 partition of target for values in (2, 3);
      create function react() returns trigger language plpgsql as $$ begin if new.u = 'u4' then raise exception 'Not here.'; end if; return new; end $$;
      create trigger react before insert or update on target_1 for each row execute function react();`,
    key: ['k', 'a'],
    values: { ...PLAIN, k: ['k1', 'k2', 'k3'], a: ['1', '2', '3', '4'] },
    before: `insert into target values ('k1', 1, 'u1', 1), ('k2', 2, 'u2', null);`,
  },
  {
    name: 'a row that moves from partition to partition',
    ddl: `create table target (k text not null primary key, a integer, u text) partition by hash (k);
      create table target_1 partition of target for values with (modulus 2, remainder 0);
      create table target_2 partition of target for values with (modulus 2, remainder 1);`,
    values: { k: PLAIN.k, a: ['1', '2', 'x'], u: PLAIN.u },
    before: `insert into target values ('k1', 1, 'u1'), ('k2', 2, 'u2');`,
  },
  {
    name: 'a view with a check option',
    ddl: `${PARENT} create table behind (${COLUMNS}, secret text default 'kept'); create view target as
      select u as u, k, a, p from behind where a is null or a < 4 with check option;`,
    before: BEFORE,
  },
  {
    name: 'a view of a view, with an INSTEAD OF trigger',
    ddl: `${PARENT} create table behind (${COLUMNS}); create view middle as select k as key, a, u, p from behind;
      create view target as select p, a, key as k, u from middle;
      create function react() returns trigger language plpgsql as $$ begin
        if tg_op = 'DELETE' then delete from behind where k = old.k; return old; end if;
        if new.a = 2 then return null; end if;
        if tg_op = 'INSERT' then insert into behind (k, a, u, p) values (new.k, new.a, new.u, new.p);
        else update behind set a = new.a, u = new.u, p = new.p where k = old.k; end if; return new; end $$;
      create trigger react instead of insert or update or delete on target for each row execute function react();`,
    before: BEFORE.replace('target', 'behind'),
  },
  {
    name: 'row security',
    ddl: `${TABLE} alter table target enable row level security;
      create policy seen on target for select using (a is distinct from 3); create policy made on target for insert with check (a is distinct from 2);
      create policy changed on target for update using (true) with check (a is distinct from 4); create policy gone on target for delete using (a = 1);`,
    before: BEFORE,
    asStranger: true,
  },
  {
    name: 'a composite key within an organization',
    ddl: `create table target (org integer not null, k text not null, k2 integer not null, a integer check (a < 100), unique (k2, org, k));`,
    values: { a: PLAIN.a, k: ['k1', 'k2', null], k2: ['1', '01', '2', 'x'] },
    key: ['k', 'k2'],
    organization: { column: 'org', value: '7' },
    before: `insert into target values (7, 'k1', 1, 1), (8, 'k1', 1, 1), (8, 'k2', 2, 2);`,
  },
  {
    name: 'an organization whose key is unique beyond it',
    ddl: `create table target (org uuid not null, k text primary key, a integer);`,
    values: { k: PLAIN.k, a: PLAIN.a },
    organization: { column: 'org', value: '00000000-0000-4000-8000-000000000001' },
    before: `insert into target values ('00000000-0000-4000-8000-000000000001', 'k1', 1), ('00000000-0000-4000-8000-000000000002', 'k2', 1);`,
  },
  {
    name: 'columns that the lines lack: not null, without a default, and in a check',
    ddl: `create table target (k text primary key, a integer, b text not null, c integer check (c > a));`,
    values: { k: PLAIN.k, a: ['1', '2', '3', '9'] },
    before: `insert into target values ('k1', 1, 'b', 5), ('k2', 2, 'b', 5);`,
    modes: ['upsert', 'insert-or-skip', 'update', 'delete'],
  },
  {
    name: 'lines of nothing but a key',
    ddl: `create table target (k text primary key, a integer default 5, made timestamptz default now());`,
    values: { k: PLAIN.k },
    before: `insert into target values ('k1', 1), ('k2', 2);`,
  },
  {
    name: 'types that round, cut, compare in their own way, or cannot be compared',
    ddl: `create type mood as enum ('good', 'bad'); create domain small as numeric(3,1) check (value < 50); create domain word as text not null check (value <> 'no');
      create type pair as (x integer, y text);
      create table target (k char(4) primary key, n numeric(4,2), s varchar(3), c char(3), m mood, d small, w word, i interval, t timestamp(0), j json, jb jsonb,
        arr integer[], moods mood[], net inet, at point, x pair, r daterange, b bit(3), raw bytea, f double precision, big bigint generated by default as identity);`,
    values: {
      k: ['a', 'a ', 'b', 'bcdef'],
      n: ['1', '1.001', '1.004', '1.01', '100', 'NaN'],
      s: ['abc', 'abc  ', 'abcd', null],
      c: ['ab', 'ab ', 'abcd'],
      m: ['good', 'bad', 'none'],
      d: ['1', '1.04', '60', null],
      w: ['yes', 'yes', 'no', null],
      i: ['1 mon', '30 days', '720:00'],
      t: ['2024-01-01 10:00:00.4', '2024-01-01 10:00:00', '2024-02-30'],
      j: ['{"a":1}', '{"a": 1}', '{'],
      jb: ['{"a":1}', '{"a": 1.0}', null],
      arr: ['{1,2}', '{1, 2}', '{x}', null],
      moods: ['{good}', '{bad,good}', '{none}'],
      net: ['10.0.0.1', '10.0.0.1/32', '10.0.0.0/8'],
      at: ['(1,2)', '(1.0,2)', 'x'],
      x: ['(1,a)', '(1,b)', '(x,a)'],
      r: ['[2024-01-01,2024-01-03)', '[2024-01-01,2024-01-02]', '[2,1]'],
      b: ['101', '110', '1010'],
      raw: ['\\x41', 'A', '\\xZ'],
      f: ['1', '1.0', '1e999'],
      big: ['1', '2'],
    },
    rare: true,
    before: `insert into target (k, n, s, c, m, d, w, i, t, j, jb, arr, at) values ('a', 1, 'abc', 'ab', 'good', 1, 'yes', '1 mon', '2024-01-01 10:00:00', '{"a":1}', '{"a":1}', '{1,2}', '(1,2)');`,
  },
  {
    name: 'a table that others inherit from',
    ddl: `create table target (k text primary key, a integer, u text unique); create table child () inherits (target);`,
    values: { k: PLAIN.k, a: PLAIN.a, u: PLAIN.u },
    before: `insert into target values ('k1', 1, 'u1'); insert into child values ('k1', 2, 'u1'), ('k2', 2, null);`,
  },
  {
    name: 'a rule that does something besides',
    ddl: `${TABLE} create table seen (k text); create rule also as on update to target do also insert into seen values (new.k);`,
    before: BEFORE,
  },
  {
    name: 'names with quotes, capitals, reserved words and other letters',
    ddl: `create table "ta""rget $$ \\" ("select" text primary key, "K Y" integer check ("K Y" < 100), "ob_line" text, "naïve 'quote'" text unique, t text, s text, n integer, r text);`,
    into: 'ta"rget $$ \\',
    values: {
      'K Y': PLAIN.a,
      select: PLAIN.k,
      ob_line: ['a', 'b\\n\\', "'"],
      "naïve 'quote'": PLAIN.u,
      t: ['t', 'T'],
      s: ['s', 'S'],
      n: ['1', '2'],
      r: ['1', '2'],
    },
    key: ['select'],
    before: `insert into "ta""rget $$ \\" values ('k1', 1, 'a', 'u1', 't', 's', 1, '1');`,
  },
];

/** Kinds that take an extension. */
export const CITEXT: Kind = {
  name: 'a key that knows no case',
  ddl: 'create table target (k citext primary key, a integer, u citext unique);',
  values: { k: ['k1', 'K1', 'k2', 'K2', null], a: ['1', '2'], u: ['u1', 'U1', 'u2', null] },
  before: `insert into target values ('k1', 1, 'u1'), ('K2', 2, null);`,
};

const MODES: readonly WriteMode[] = ['upsert', 'insert-or-skip', 'insert', 'update', 'delete'];

export function valuesOf({ values }: Kind): NonNullable<Kind['values']> {
  return values ?? PLAIN;
}

export type Line = readonly (string | null)[];

export interface Trial {
  readonly mode: WriteMode;
  readonly declared: boolean;
  readonly chunks: readonly (readonly Line[])[];
}

/** Chunks of few lines, the first rough: most have something wrong; some gentle, so that they go as sets. */
export function trialOf(kind: Kind): fc.Arbitrary<Trial> {
  const columns = Object.values(valuesOf(kind));
  const line = (gentle: boolean) =>
    fc.tuple(...columns.map((all) => fc.constantFrom(...(gentle ? all.slice(0, Math.max(2, all.length - 2)) : all))));
  const usual = fc.tuple(...columns.map((all) => fc.constantFrom(...all.slice(0, 2))));
  const rare = fc
    .tuple(usual, fc.nat(columns.length - 1), line(false))
    .map(([cells, at, other]) => cells.map((cell, i) => (i === at ? (other[i] as string | null) : cell)));
  const chunk = fc
    .boolean()
    .chain((gentle) => fc.array(kind.rare ? rare : line(gentle), { minLength: 1, maxLength: 8, size: 'max' }));
  return fc.record({
    mode: fc.constantFrom(...(kind.modes ?? MODES)),
    declared: fc.boolean(),
    chunks: fc.array(chunk, { minLength: 1, maxLength: 3 }),
  });
}
