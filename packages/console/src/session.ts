import { useQuery, type useQueryClient } from '@tanstack/react-query';
import { createContext, use } from 'react';

/** Who is signed in, as `GET /auth/session` tells. */
export interface Session {
  readonly name: string;
  readonly email?: string;
  readonly organizations: readonly Organization[];
  readonly permissions: readonly string[];
}

export interface Organization {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
}

const KEY = ['session'];
/** Between two checks for a session while there is none, ms. */
const LOOK = 2_000;

/** The session; `null` if no one is signed in. */
export function useSessionQuery() {
  return useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => loadSession(signal),
    staleTime: 300_000,
    // Who signs in in another tab comes back to this one.
    refetchOnWindowFocus: ({ state }) => (state.data === null ? 'always' : true),
    refetchInterval: ({ state }) => (state.data === null ? LOOK : false),
  });
}

/** Reports that the session has ended, after a response that said so. */
export function endSession(client: ReturnType<typeof useQueryClient>): void {
  client.setQueryData(KEY, null);
}

async function loadSession(signal: AbortSignal): Promise<Session | null> {
  const response = await fetch('/auth/session', { signal, headers: { accept: 'application/json' } });
  if (response.status === 401) return null;
  if (!response.ok) throw new Error(`The server answered ${response.status}.`);
  return response.json();
}

/** Ends the session. @returns where to go from here */
export async function signOut(): Promise<string> {
  const response = await fetch('/auth/sign-out', { method: 'POST', headers: { 'OpenBulk-Csrf': '1' } });
  if (!response.ok) throw new Error(`The server answered ${response.status}.`);
  const { next } = (await response.json()) as { next: string };
  return next;
}

/** Where to sign in, to come back to where one is. */
export function signInAddress({ pathname, search }: Pick<Location, 'pathname' | 'search'>): string {
  return `/auth/sign-in?return=${encodeURIComponent(pathname + search)}`;
}

/** The signed-in person; inside the frame there always is one. */
export const SessionContext = createContext<Session | undefined>(undefined);

export function useSession(): Session {
  const session = use(SessionContext);
  if (!session) throw new Error('Nobody is signed in.');
  return session;
}

export function useMay(permission: string): boolean {
  return useSession().permissions.includes(permission);
}

/** Whether somebody with these permissions has that one: `resource.*.list` stands for the one of every declared resource. */
export function allows(permissions: readonly string[], wanted: string): boolean {
  return permissions.includes(wanted) || permissions.includes(wanted.replace(/^resource\.[^.]+\./, 'resource.*.'));
}
