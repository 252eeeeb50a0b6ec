import { hash } from 'node:crypto';
import { isResourceName, MAX_RESOURCE_NAME } from '../../task/permissions.ts';
import { foldedCase } from '../../task/text/visible.ts';

/** PostgreSQL cuts longer names (NAMEDATALEN - 1), in bytes. */
export const MAX_NAME_BYTES = 63;

/** Columns that each table of PostgreSQL has (its manual, "System Columns"). */
export const SYSTEM_COLUMNS: readonly string[] = ['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid'];

/** Columns that each table of ours has beside those of its resource. */
export const OUR_COLUMNS: readonly string[] = ['id', 'organization_id', 'key', 'created_at', 'updated_at'];

const TAKEN = new Set([...SYSTEM_COLUMNS, ...OUR_COLUMNS]);

/** PostgreSQL 18's key words that are no names of columns without quotes (its manual, appendix C, "reserved"). */
const RESERVED = new Set(
  `all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation column concurrently
  constraint create cross current_catalog current_date current_role current_schema current_time current_timestamp current_user default
  deferrable desc distinct do else end except false fetch for foreign freeze from full grant group having ilike in initially inner
  intersect into is isnull join lateral leading left like limit localtime localtimestamp natural not notnull null offset on only or order
  outer overlaps placing primary references returning right select session_user similar some symmetric system_user table tablesample then
  to trailing true union unique user using variadic verbose when where window with`.split(/\s+/),
);

/** A name as a statement has it: in quotes where it needs them. */
export function quoteName(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) && !RESERVED.has(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** A name as PostgreSQL's catalogue has it. @param quoted as a statement has it (`quoteName`) */
export function catalogName(quoted: string): string {
  return quoted.startsWith('"') ? quoted.slice(1, -1).replaceAll('""', '"') : quoted;
}

/** A name for what goes with a table, such as an index of it: the table's where that needs no quotes and no schema. */
export function plainName(table: string): string {
  if (/^[a-z_][a-z0-9_]*$/.test(table)) return table;
  return `${table
    .replace(/[^A-Za-z0-9_]/g, '_')
    .toLowerCase()
    .slice(0, 40)}_${hash('sha256', table, 'hex').slice(0, 8)}`;
}

/** How two names of columns are compared, and so told apart: in any case, in NFC, without what nobody sees. */
export function sameName(name: string): string {
  return foldedCase(name.trim());
}

/**
 * The parts of a name with dots, which make nested objects: `basic.name`. Where a part would be blank or begin or end with a blank, the dot is
 * an abbreviation's, and the name is one part: `Nr.`, `Min. quantity`.
 */
export function pathOf(name: string): string[] {
  const parts = name.split('.');
  return parts.some((part) => part === '' || part !== part.trim()) ? [name] : parts;
}

/** A column's name made of a field's: `first_seen` of `firstSeen`, `basic_name` of `basic.name`, `date_d_achat` of `Date d’achat`. */
export function columnName(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter}`)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
  const column = /^[a-z]/.test(plain) ? plain : `c_${plain}`;
  return column.slice(0, MAX_NAME_BYTES - 4).replace(/_+$/, '');
}

/** A name of a column that is free: with an underscore where each table has one of that name, with a number where another field has it. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  let free = TAKEN.has(name) ? `${name}_` : name;
  for (let number = 2; taken.has(free); number += 1) {
    const suffix = `_${number}`;
    free = name.slice(0, MAX_NAME_BYTES - suffix.length) + suffix;
  }
  return free;
}

/** A resource's name made of a file's, such as `customers` of `Customers.schema.json`; `undefined` when nothing is left of it. */
export function resourceName(file: string): string | undefined {
  const base = file.replace(/^.*[\\/]/s, '').replace(/(?:\.schema)?\.(?:json|ya?ml)$/i, '');
  const name = columnName(base)
    .replace(/^c_(?=\d)/, 'r-')
    .replaceAll('_', '-')
    .slice(0, MAX_RESOURCE_NAME)
    .replace(/-+$/, '');
  return isResourceName(name) ? name : undefined;
}
