import { OpenBulk } from '@openbulk/client';

/** The server that this page came from; a cookie says who asks. */
export const openbulk = new OpenBulk({ url: '', headers: { 'OpenBulk-Csrf': '1' } });
