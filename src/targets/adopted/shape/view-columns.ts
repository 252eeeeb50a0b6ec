import type { Queryable } from '../../../store/connection/wire.ts';
import type { TableName } from './relation.ts';

/** The table that a view shows, and which of its columns each of the view's is. */
export interface Shown extends TableName {
  readonly columns: Readonly<Record<string, string>>;
}

/**
 * Of a view that PostgreSQL can write through: the table (or view) behind it. No catalogue says which column is which; the view's query
 * does, as the server keeps it: each entry of its target list tells from which table and column it comes.
 *
 * @param oid of a view whose rows are those of one table
 */
export async function readShown(db: Queryable, oid: number): Promise<Shown | undefined> {
  const { rows } = await db.query<{ action: string }>(
    `select ev_action::text as action from pg_catalog.pg_rewrite where ev_class = $1 and rulename = '_RETURN'`,
    [oid],
  );
  const entries = targetEntries(rows[0]?.action ?? '');
  const [table] = new Set(entries.map((entry) => entry.table));
  if (table === undefined) return undefined;
  const { rows: columns } = await db.query<{ schema: string; table: string; shown: string; column: string }>(
    `select n.nspname as schema, c.relname as table, v.attname as shown, b.attname as column
     from json_to_recordset($2::json) as e (number int2, "column" int2)
     join pg_catalog.pg_class c on c.oid = $3
     join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     join pg_catalog.pg_attribute v on v.attrelid = $1 and v.attnum = e.number
     join pg_catalog.pg_attribute b on b.attrelid = c.oid and b.attnum = e."column"`,
    [oid, JSON.stringify(entries), table],
  );
  const [first] = columns;
  if (!first) return undefined;
  return {
    schema: first.schema,
    table: first.table,
    columns: Object.fromEntries(columns.map(({ shown, column }) => [shown, column])),
  };
}

interface TargetEntry {
  /** Of the view's column. */
  readonly number: number;
  /** Where it comes from. */
  readonly table: number;
  readonly column: number;
}

/** The columns of the outermost query that are columns of a table. */
function targetEntries(action: string): TargetEntry[] {
  const [query] = parseNodes(action);
  const list = isNode(query) ? query.fields.get('targetList')?.[0] : undefined;
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry) => {
    if (!isNode(entry)) return [];
    const number = (field: string) => Number(entry.fields.get(field)?.[0] ?? 0);
    const found = { number: number('resno'), table: number('resorigtbl'), column: number('resorigcol') };
    return entry.fields.get('resjunk')?.[0] === 'false' && found.table > 0 && found.column > 0 ? [found] : [];
  });
}

/** What PostgreSQL writes of its trees (PostgreSQL source, nodes/outfuncs.c): `{NAME :field value …}`, lists in brackets, words. */
type Tree = string | readonly Tree[] | Node;

interface Node {
  readonly fields: ReadonlyMap<string, readonly Tree[]>;
}

function isNode(tree: Tree | undefined): tree is Node {
  return typeof tree === 'object' && 'fields' in tree;
}

/** A word has its special characters behind a backslash. */
const TOKEN = /[{}()]|(?:\\[\s\S]|[^\\\s{}()])+/g;

function parseNodes(text: string): readonly Tree[] {
  const tokens = text.match(TOKEN) ?? [];
  let at = 0;
  const parse = (): Tree => {
    const token = tokens[at++] as string;
    if (token === '(') {
      const list: Tree[] = [];
      while (at < tokens.length && tokens[at] !== ')') list.push(parse());
      at += 1;
      return list;
    }
    if (token !== '{') return token;
    const fields = new Map<string, Tree[]>();
    let values: Tree[] = [];
    while (at < tokens.length && tokens[at] !== '}') {
      const value = parse();
      if (typeof value === 'string' && /^:[a-z]/i.test(value)) {
        values = [];
        fields.set(value.slice(1), values);
      } else values.push(value);
    }
    at += 1;
    return { fields };
  };
  const root = parse();
  return Array.isArray(root) ? root : [root];
}
