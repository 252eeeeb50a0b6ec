import type { CallInit } from './connection.ts';
import type { ImportForm } from './multipart.ts';

interface XhrUpload {
  readonly form: ImportForm;
  readonly file: Blob;
  /** Told how many bytes of the file have left. */
  readonly onSent: (bytes: number) => void;
}

/** Sends a form as browsers do, who alone know what has left. @throws TypeError when there is no answer, as `fetch` does; the reason of the signal */
export function sendByXhr(
  url: string,
  { method, headers, signal }: CallInit,
  { form, file, onSent }: XhrUpload,
): Promise<Response> {
  const request = new XMLHttpRequest();
  return new Promise<Response>((resolve, reject) => {
    request.open(method, url);
    headers.forEach((value, name) => {
      request.setRequestHeader(name, value);
    });
    // What is counted has the form around the file in it.
    request.upload.onprogress = ({ loaded, total }) => onSent(loaded - (total - file.size));
    request.onload = () => resolve(answerOf(request));
    request.onerror = () => reject(new TypeError('The connection broke off.'));
    request.onabort = () => reject(signal?.reason);
    const stop = () => request.abort();
    signal?.addEventListener('abort', stop);
    request.onloadend = () => signal?.removeEventListener('abort', stop);
    request.send(toFormData(form, file));
  });
}

function toFormData({ fields, fileName, type }: ImportForm, file: Blob): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  data.append('file', file.type === type ? file : file.slice(0, file.size, type), fileName);
  return data;
}

function answerOf(request: XMLHttpRequest): Response {
  const headers = new Headers();
  for (const line of request.getAllResponseHeaders().trim().split('\r\n')) {
    const [, name, value] = /^([^:]+): ?(.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) headers.append(name, value);
  }
  return new Response(request.responseText, { status: request.status, headers });
}
