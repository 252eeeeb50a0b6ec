import { useCallback, useState } from 'react';
import type { Columns } from '../columns/mapping.ts';
import { type Picked, pick } from '../file/preview.ts';

/** What was changed by hand for files with the same header. */
export interface Edits {
  readonly columns?: Columns;
  readonly dateFormat?: string;
  /** Target column to how its numbers are written; `''` as 1234.56. */
  readonly numberFormats?: Readonly<Record<string, string>>;
  /** What means that there is no value, as it was written: separated by commas. */
  readonly missing?: string;
  /** Whether rows may lack their last cells. */
  readonly shortRows?: boolean;
  /** What was remembered is not to count. */
  readonly anew?: boolean;
}

/** A check that was made, and of what. */
export interface Check {
  /** Of its task. */
  readonly id: string;
  readonly of: string;
}

/** What was said and done of an import that is not submitted yet. */
export interface Unsubmitted {
  readonly action: string;
  readonly picked?: Picked;
  /** As it was chosen; `''` for it to be found out. */
  readonly encoding: string;
  readonly override: boolean;
  /** Whether a blank cell leaves what the record has. */
  readonly keepBlanks: boolean;
  /** By action and header. */
  readonly edits: Readonly<Record<string, Edits>>;
  readonly check?: Check;
  /** As what it is imported is known: what is remembered of its header does not count. */
  readonly decided?: true;
}

/** By organization. A file that was chosen is a browser's to hold, and for as long as the page is loaded. */
const unsubmitted = new Map<string, Unsubmitted>();

function begin(action: string): Unsubmitted {
  return { action, encoding: '', override: false, keepBlanks: false, edits: {} };
}

/** Begins the import of a file, for the page of imports to go on with. */
export function beginImport(organization: string, action: string, file: File): void {
  unsubmitted.set(organization, { ...begin(action), picked: pick(file), decided: true });
}

/**
 * The import that was begun for an organization. It is there again when one comes back from another page.
 *
 * @param actions what files can be imported as
 * @param wanted begins another one, unless it is what is imported already
 */
export function useUnsubmitted(organization: string, actions: readonly string[], wanted?: string) {
  const [begun, setBegun] = useState(() => {
    const known = unsubmitted.get(organization);
    const first = actions[0] ?? '';
    if (wanted !== undefined && wanted !== known?.action) return begin(actions.includes(wanted) ? wanted : first);
    // What it was imported as may be gone, and the rest of it is not.
    return (known && { ...known, action: actions.includes(known.action) ? known.action : first }) || begin(first);
  });
  const change = useCallback(
    (changed: (before: Unsubmitted) => Unsubmitted) =>
      setBegun((before) => {
        const after = changed(before);
        unsubmitted.set(organization, after);
        return after;
      }),
    [organization],
  );
  /** It is submitted, or given up. */
  const end = useCallback(() => {
    setBegun(({ action }) => begin(action));
    unsubmitted.delete(organization);
  }, [organization]);
  return { begun, change, end };
}
