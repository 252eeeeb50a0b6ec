/** What the test in Chromium runs in a page, bundled by Vite as the console is: with the client's source. */
import { OpenBulk, type UploadProgress } from '@openbulk/client';

export interface Uploaded {
  readonly progress: readonly UploadProgress[];
  readonly states: readonly string[];
  readonly status: string;
  readonly lines: number;
  readonly report: string;
}

async function upload(token: string, content: string): Promise<Uploaded> {
  const openbulk = new OpenBulk({ url: '', token, headers: { 'OpenBulk-Csrf': '1' } });
  const file = new File([content], 'page "of" ítems.csv', { type: 'text/csv' });
  const progress: UploadProgress[] = [];
  const states: string[] = [];
  const task = await openbulk.submitImport(
    { organization: 'demo', action: 'import-inventory-items', file },
    { onProgress: (state) => progress.push(state) },
  );
  const done = await openbulk.waitForTask(task, { onProgress: ({ status }) => states.push(status) });
  const report = await new Response(await openbulk.downloadReport(task)).text();
  return { progress, states, status: done.status, lines: done.report.numItems, report };
}

/** The name and what else an error says of an upload that is refused, or broken off after some time. */
async function failing(token: string, content: string, milliseconds?: number): Promise<object> {
  const openbulk = new OpenBulk({ url: '', token });
  const signal = milliseconds === undefined ? {} : { signal: AbortSignal.timeout(milliseconds) };
  const order = { organization: 'demo', action: 'import-inventory-items', file: new File([content], 'x.csv') } as const;
  return openbulk.submitImport(order, signal).then(
    () => ({}),
    (error) => ({ name: error.name, status: error.status, message: error.message, requestId: error.requestId }),
  );
}

Object.assign(globalThis, { upload, failing });
