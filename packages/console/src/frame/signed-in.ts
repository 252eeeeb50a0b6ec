/** Where who has signed in for another tab is told so. */
export const SIGNED_IN = { pathname: '/', search: '?signed-in=true' };
