import { z } from 'zod';
import { isPermission } from '../../auth/permissions.ts';
import { organizationsOf } from '../../service/platform/organizations.ts';
import { toHex24 } from '../../task/ids.ts';
import { identifySession, refuseForgery } from '../access/by-session.ts';
import { readCookie, setCookie } from '../access/session-cookie.ts';
import type { ApiContext } from '../context.ts';
import { challenge, Refusal } from '../errors/failure.ts';
import { ownUrl } from '../own-url.ts';
import type { App } from '../zod.ts';
import type { Browsers } from './browser-routes.ts';

const session = z.object({
  name: z.string(),
  email: z.string().optional(),
  organizations: z.array(z.object({ id: z.string(), slug: z.string(), name: z.string() })),
  permissions: z.array(z.string()),
  /** RFC 3339; later with each request, up to a limit. */
  expiresAt: z.string(),
});
const signedOut = z.object({ next: z.string() });

/** What the console asks about the session that its requests go by. */
export function sessionRoutes(scope: App, context: ApiContext, { signIn, sessions }: Browsers): void {
  scope.get('/auth/session', { schema: { response: { 200: session } } }, async (request, reply) => {
    const signedIn = await identifySession({ ...context, sessions }, request);
    if (!signedIn) throw new Refusal('no_token', 'You are not signed in.', { headers: challenge() });
    const { session: found, principal } = signedIn;
    const { organizations, permissions } = principal;
    const seen = await organizationsOf({ pool: context.vitals }, [...organizations]);
    reply.header('cache-control', 'no-store');
    return {
      name: found.name,
      ...(found.email !== undefined && { email: found.email }),
      organizations: seen.map(({ id, slug, name }) => ({ id: toHex24(id), slug, name })),
      permissions: [...permissions].filter(isPermission),
      expiresAt: found.endsAt.toISOString(),
    };
  });

  // Where to go from there is in the body: a script's request cannot follow a redirect to another origin, nor should it.
  scope.post('/auth/sign-out', { schema: { response: { 200: signedOut } } }, async (request, reply) => {
    refuseForgery(context, request);
    const id = readCookie(context, request, 'openbulk');
    if (id !== undefined) await sessions.end(id);
    setCookie(context, reply, 'openbulk', { value: '', seconds: 0 });
    reply.header('cache-control', 'no-store');
    const base = ownUrl(context, request);
    // The session ends here even if the issuer is unavailable.
    return { next: id === undefined ? `${base}/` : await signIn.leave(base).catch(() => `${base}/`) };
  });
}
