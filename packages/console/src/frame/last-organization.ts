const STORED = 'openbulk-organization';

/** The slug of the organization in which one was last, in this browser. */
export function lastOrganization(): string | null {
  return localStorage.getItem(STORED);
}

export function rememberOrganization(slug: string): void {
  localStorage.setItem(STORED, slug);
}
