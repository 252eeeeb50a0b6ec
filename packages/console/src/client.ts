import { OpenBulk } from '@openbulk/client';

/** The server of this page; a cookie authenticates. */
export const openbulk = new OpenBulk({ url: '', headers: { 'OpenBulk-Csrf': '1' } });
