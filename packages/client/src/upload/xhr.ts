import type { CallInit, Connection } from '../connection/connection.ts';
import type { Sending, UploadForm } from './multipart.ts';

interface Xhr {
  readonly upload: {
    onprogress: ((event: { readonly loaded: number; readonly total: number }) => void) | null;
    onload: (() => void) | null;
  };
  readonly status: number;
  readonly responseText: string;
  onload: (() => void) | null;
  onerror: (() => void) | null;
  onabort: (() => void) | null;
  onloadend: (() => void) | null;
  open(method: string, url: string): void;
  setRequestHeader(name: string, value: string): void;
  getAllResponseHeaders(): string;
  send(body: FormData): void;
  abort(): void;
}

/** The browsers' own, as far as it is used: Node, by whose types the command line is checked, has none. */
declare const XMLHttpRequest: new () => Xhr;

interface XhrUpload extends Sending {
  readonly form: UploadForm;
  readonly file: Blob;
}

/** `fetch` tells nothing of what has left, and browsers stream a body by HTTP/2 only. */
export function canUseXhr(connection: Connection): boolean {
  return typeof XMLHttpRequest === 'function' && !connection.ownFetch;
}

/** Sends a form as browsers do, who alone know what has left. @throws TypeError when there is no answer, as `fetch` does; the reason of the signal */
export function sendByXhr(
  url: string,
  { method, headers, signal }: CallInit,
  { form, file, onSent, onEnd }: XhrUpload,
): Promise<Response> {
  const request = new XMLHttpRequest();
  return new Promise<Response>((resolve, reject) => {
    request.open(method, url);
    headers.forEach((value, name) => {
      request.setRequestHeader(name, value);
    });
    // What is counted has the form around the file in it.
    request.upload.onprogress = ({ loaded, total }) => onSent(loaded - (total - file.size));
    request.upload.onload = onEnd;
    request.onload = () => resolve(answerOf(request));
    request.onerror = () => reject(new TypeError('The connection was lost.'));
    request.onabort = () => reject(signal?.reason);
    const stop = () => request.abort();
    signal?.addEventListener('abort', stop);
    request.onloadend = () => signal?.removeEventListener('abort', stop);
    request.send(toFormData(form, file));
  });
}

function toFormData({ fields, fileName, type }: UploadForm, file: Blob): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  data.append('file', file.type === type ? file : file.slice(0, file.size, type), fileName);
  return data;
}

function answerOf(request: Xhr): Response {
  const headers = new Headers();
  for (const line of request.getAllResponseHeaders().trim().split('\r\n')) {
    const [, name, value] = /^([^:]+): ?(.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) headers.append(name, value);
  }
  return new Response(request.responseText, { status: request.status, headers });
}
