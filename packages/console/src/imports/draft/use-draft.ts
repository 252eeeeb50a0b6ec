import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { useImportable } from '../../catalogue/queries.ts';
import { orderOf } from '../check/order.ts';
import { datesIn } from '../columns/dates/dates.ts';
import { type Columns, settle, takeable } from '../columns/mapping.ts';
import { type Picked, type Preview, pick, previewQuery } from '../file/preview.ts';
import { forget, recall, recallAction, remember } from './remembered.ts';
import { type Check, type Edits, type Unsubmitted, useUnsubmitted } from './unsubmitted.ts';

export type Draft = ReturnType<typeof useDraft>;

/** A file, and how it is to be imported: as it was remembered or is suggested, and what was changed of that. Going elsewhere loses nothing of it. @param wanted what it is imported as at first */
export function useDraft(organization: string, wanted?: string) {
  const actions = useImportable().map(({ name }) => `import-${name}`);
  const { begun, change: begin, end } = useUnsubmitted(organization, actions, wanted);
  const { picked, encoding, action, override, keepBlanks, edits, check, decided } = begun;
  const set = (changed: Partial<Unsubmitted>) => begin((before) => ({ ...before, ...changed }));
  const query = useQuery(previewQuery({ organization, picked, action, encoding }));
  const preview = picked && picked.file.size > 0 ? query.data : undefined;
  const header = preview?.header;
  useRecalledAction({ organization, actions, picked, header, decided }, (recalled) => set({ action: recalled }));

  const key = JSON.stringify([action, header]);
  const own = edits[key] ?? {};
  const edit = (changed: Edits) =>
    begin((before) => ({ ...before, edits: { ...before.edits, [key]: { ...before.edits[key], ...changed } } }));
  // As it was when the file was chosen: what is remembered of this import is for the next one.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key is made of action and header
  const known = useMemo(() => header && recall(organization, action, header), [organization, picked?.number, key]);
  const remembered = own.anew ? undefined : known;
  const first = preview ? settle(preview, remembered?.columns ?? suggested(preview)) : {};
  const columns = preview ? settle(preview, own.columns ?? first) : {};
  const dates = preview && datesIn(preview, dateHeaders(preview, columns));
  // What the file itself leaves no doubt about is better than what was said of another.
  const dateFormat = own.dateFormat ?? dates?.format ?? remembered?.dateFormat;
  const dated = dates?.example !== undefined && dateFormat !== undefined;
  const numbers = preview ? numbersIn(preview, columns, own.numberFormats) : [];
  const shortRows = preview?.shortRows === undefined ? undefined : own.shortRows === true;
  const byColumn = own.dateFormat === undefined && preview ? dateFormatsOf(preview, columns) : {};
  const settings = {
    action,
    columns,
    override,
    keepBlanks,
    dateFormat: dated ? dateFormat : '',
    formats: {
      ...byColumn,
      ...Object.fromEntries(
        numbers.filter(({ format }) => format !== '').map(({ target, format }) => [target, format]),
      ),
    },
    shortRows: shortRows === true,
    missingValues: wordsIn(own.missing ?? ''),
    encoding: preview?.declared ?? encoding,
  };
  return {
    picked,
    pick: (file: File) => begin(({ decided: _, ...before }) => ({ ...before, encoding: '', picked: pick(file) })),
    preview,
    /** Whether what is shown is still that of another action or encoding. */
    stale: query.isPlaceholderData,
    reading: query.isFetching,
    error: query.error,
    retry: query.refetch,
    encoding,
    setEncoding: (chosen: string) => set({ encoding: chosen }),
    action,
    setAction: (chosen: string) => set({ action: chosen }),
    override,
    setOverride: (chosen: boolean) => set({ override: chosen }),
    keepBlanks,
    setKeepBlanks: (chosen: boolean) => set({ keepBlanks: chosen }),
    /** As the columns were before anything was changed by hand. */
    first,
    columns,
    setColumns: (changed: Columns) => edit({ columns: changed }),
    remembered: remembered !== undefined,
    forget() {
      if (header) forget(organization, action, header);
      begin((before) => ({ ...before, edits: { ...before.edits, [key]: { anew: true } } }));
    },
    remember() {
      if (header) remember(organization, action, header, { columns, ...(dated && { dateFormat }) });
    },
    dates,
    /** `undefined` where it must be said, and was not. */
    dateFormat,
    setDateFormat: (format: string) => edit({ dateFormat: format }),
    /** The columns whose numbers are not written plainly. */
    numbers,
    setNumberFormat: (target: string, format: string) =>
      edit({ numberFormats: { ...own.numberFormats, [target]: format } }),
    /** Whether rows may lack their last cells; `undefined` where none does. */
    shortRows,
    setShortRows: (taken: boolean) => edit({ shortRows: taken }),
    missing: own.missing ?? '',
    setMissing: (words: string) => edit({ missing: words }),
    order: orderOf(settings),
    /** The last check that was made, of whatever. */
    check,
    setCheck: (made: Check) => set({ check: made }),
    /** Whether there is more to lose than the choice of a file. */
    touched: Object.keys(edits).length > 0 || check !== undefined,
    /** It is submitted, or given up. */
    end,
  };
}

interface Recalled {
  readonly organization: string;
  readonly actions: readonly string[];
  readonly picked: Picked | undefined;
  readonly header: readonly string[] | undefined;
  readonly decided: true | undefined;
}

/** Chooses for a file that was just picked what the last one with its header was imported as. */
function useRecalledAction(
  { organization, actions, picked, header, decided }: Recalled,
  choose: (action: string) => void,
): void {
  const number = picked?.number;
  const seen = header !== undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each file, when its header is there
  useEffect(() => {
    const action = header && !decided && recallAction(organization, actions, header);
    if (action) choose(action);
  }, [number, seen]);
}

function suggested({ suggestions }: Preview): Columns {
  return Object.fromEntries(Object.entries(suggestions).map(([target, header]) => [target, { header }]));
}

/** The columns of the file that dates are taken from. */
function dateHeaders(preview: Preview, columns: Columns): string[] {
  return takenFrom(preview, columns, ['date', 'timestamptz']).map(({ header }) => header);
}

/** The formats of the dates of each column, where the file has several. */
function dateFormatsOf(preview: Preview, columns: Columns): Record<string, string> {
  const found = takenFrom(preview, columns, ['date', 'timestamptz']).flatMap(({ target, header }) => {
    const format = preview.dateFormats[header];
    return format === undefined ? [] : [[target, format] as const];
  });
  return new Set(found.map(([, format]) => format)).size > 1 ? Object.fromEntries(found) : {};
}

/** The words of a list, without the blanks around them. */
function wordsIn(list: string): string[] {
  return list
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

const PLAIN_NUMBER = /^[+-]?\d+(?:\.\d+)?$/;

/**
 * The columns whose numbers are not all written plainly, and how they are: as they seem to be, unless something else was chosen; `''` where
 * that cannot be told.
 */
function numbersIn(preview: Preview, columns: Columns, chosen: Readonly<Record<string, string>> = {}) {
  const headers = takeable(preview.header);
  return takenFrom(preview, columns, ['integer', 'bigint', 'numeric']).flatMap(({ target, header }) => {
    const found = preview.numberFormats[header] ?? '';
    const cells = preview.rows.map((row) => row[headers.indexOf(header)]?.trim() ?? '');
    const plain = cells.every((cell) => cell === '' || PLAIN_NUMBER.test(cell));
    return found === '' && plain ? [] : [{ target, found, format: chosen[target] ?? found }];
  });
}

/** The targets of some types, and the columns of the file that they are taken from. */
function takenFrom({ columns: targets }: Preview, columns: Columns, types: readonly string[]) {
  return targets.flatMap(({ name: target, type }) => {
    const source = types.includes(type) ? columns[target] : undefined;
    return source && 'header' in source ? [{ target, header: source.header }] : [];
  });
}
