import { queryOptions } from '@tanstack/react-query';
import { openbulk } from '../../client.ts';
import { guessEncoding } from './encodings.ts';
import { readStart } from './local-file.ts';

/** How the server would read a file, by its beginning. */
export type Preview = Awaited<ReturnType<typeof loadPreview>>;
export type TargetColumn = Preview['columns'][number];

/** A file that was chosen: each choice is another one, although it may have the name of the one before. */
export interface Picked {
  readonly file: File;
  /** No two choices in a page have the same, whatever was closed or left between them: what is known of one is kept under it. */
  readonly number: number;
}

let picks = 0;

export function pick(file: File): Picked {
  picks += 1;
  return { file, number: picks };
}

/** Bytes of a file that are sent to see what is in it, however large it is. */
const PREVIEW_BYTES = 1024 * 1024;

interface Asked {
  readonly organization: string;
  readonly picked: Picked | undefined;
  readonly action: string;
  /** As it was chosen; `''` for it to be found out. */
  readonly encoding: string;
}

export function previewQuery({ organization, picked, action, encoding }: Asked) {
  return queryOptions({
    queryKey: ['preview', organization, picked?.number, action, encoding] as const,
    queryFn: ({ signal }) => loadPreview(organization, { file: (picked as Picked).file, action, encoding, signal }),
    enabled: picked !== undefined && picked.file.size > 0,
    staleTime: Number.POSITIVE_INFINITY,
    // The rows stay while they are read in another way.
    placeholderData: (known, of) => (of?.queryKey[2] === picked?.number ? known : undefined),
  });
}

interface Start {
  readonly file: File;
  readonly action: string;
  readonly encoding: string;
  readonly signal: AbortSignal;
}

async function loadPreview(organization: string, { file, action, encoding, signal }: Start) {
  const start = await readStart(file, PREVIEW_BYTES);
  const declared = encoding || guessEncoding(start, start.length === file.size);
  const body = new FormData();
  if (action !== '') body.append('action', action);
  body.append('size', String(file.size));
  if (declared) body.append('encoding', declared);
  body.append('file', new Blob([start]), 'start');
  const path = { organizationId: organization };
  const { data } = await openbulk.organizations.post('/v1/organizations/{organizationId}/bulk-tasks/preview', {
    path,
    body,
    signal,
  });
  // What is to be declared for the whole file as well.
  return { ...data, declared };
}
