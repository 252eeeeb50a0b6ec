import { useCallback, useState } from 'react';
import { parseJson, writeJson } from '../catalogue/exact-json.ts';
import type { ResourceDraft } from './editor/edit.ts';

/** Files of which resources are to be made, by organization. A file is the browser's to hold, for as long as the page is loaded. */
const files = new Map<string, File>();

export function keepFile(organization: string, file: File | undefined): void {
  if (file) files.set(organization, file);
  else files.delete(organization);
}

export function keptFile(organization: string): File | undefined {
  return files.get(organization);
}

/**
 * A draft of a declaration, which is there again after a visit to another page, and when the page is loaded again.
 *
 * @param of what it is: `file`, `table crm.customers`, `edit customers`
 */
export function useResourceDraft(organization: string, of: string) {
  const place = `openbulk-resource ${organization} ${of}`;
  const [draft, setDraft] = useState(() => read(place));
  const change = useCallback(
    (next: ResourceDraft | undefined) => {
      setDraft(next);
      write(place, next);
    },
    [place],
  );
  return [draft, change] as const;
}

function read(place: string): ResourceDraft | undefined {
  try {
    const draft = parseJson(sessionStorage.getItem(place) ?? 'null') as ResourceDraft | null;
    return draft && Array.isArray(draft.fields) && Array.isArray(draft.key) ? draft : undefined;
  } catch {
    return undefined;
  }
}

function write(place: string, draft: ResourceDraft | undefined): void {
  try {
    if (draft) sessionStorage.setItem(place, writeJson(draft));
    else sessionStorage.removeItem(place);
  } catch {
    // A browser that keeps nothing, or has no room: then the draft lasts as long as the page.
  }
}
