import type { Columns } from '../columns/mapping.ts';

/** How a file with a certain header was imported. */
export interface Remembered {
  readonly columns: Columns;
  /** Where the file had dates. */
  readonly dateFormat?: string;
}

interface Entry extends Remembered {
  /** Of the header. */
  readonly digest: string;
}

/** Headers that are remembered for each action. */
const MOST = 20;

/** What this browser has last imported files with this header as. */
export function recall(organization: string, action: string, header: readonly string[]): Remembered | undefined {
  const digest = digestOf(header);
  return read(organization, action).find((entry) => entry.digest === digest);
}

/** As what of these a file with this header was imported here, if it was. */
export function recallAction(
  organization: string,
  actions: readonly string[],
  header: readonly string[],
): string | undefined {
  return actions.find((action) => recall(organization, action, header));
}

export function remember(
  organization: string,
  action: string,
  header: readonly string[],
  remembered: Remembered,
): void {
  const digest = digestOf(header);
  const others = read(organization, action).filter((entry) => entry.digest !== digest);
  write(organization, action, [{ digest, ...remembered }, ...others].slice(0, MOST));
}

export function forget(organization: string, action: string, header: readonly string[]): void {
  const digest = digestOf(header);
  write(
    organization,
    action,
    read(organization, action).filter((entry) => entry.digest !== digest),
  );
}

function place(organization: string, action: string): string {
  return `openbulk-columns ${organization} ${action}`;
}

function read(organization: string, action: string): readonly Entry[] {
  try {
    const entries: unknown = JSON.parse(localStorage.getItem(place(organization, action)) ?? '[]');
    return Array.isArray(entries) ? entries.filter(isEntry) : [];
  } catch {
    return [];
  }
}

function write(organization: string, action: string, entries: readonly Entry[]): void {
  try {
    localStorage.setItem(place(organization, action), JSON.stringify(entries));
  } catch {
    // A browser that keeps nothing, or has no room: then the next file is mapped by suggestions alone.
  }
}

/** Of another release there may be something else. */
function isEntry(entry: unknown): entry is Entry {
  const { digest, columns, dateFormat = '' } = (entry ?? {}) as Partial<Entry>;
  return (
    typeof digest === 'string' && typeof dateFormat === 'string' && typeof columns === 'object' && columns !== null
  );
}

/** FNV-1a of 32 bits. Not what `crypto` has, which is for pages of `https` only. */
function digestOf(header: readonly string[]): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(JSON.stringify(header))) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16);
}
