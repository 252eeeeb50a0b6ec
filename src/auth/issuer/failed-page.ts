/** What a browser is told where a sign-in cannot go on, under the API's URL. */
export const FAILED_PATH = '/auth/failed';
/** Its query, if it is temporary: the database is unavailable. */
export const UNAVAILABLE = 'unavailable';
