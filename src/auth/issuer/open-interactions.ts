import { AsyncLocalStorage } from 'node:async_hooks';
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import Provider, { type Adapter, type AdapterPayload, errors } from 'oidc-provider';

/** What the browser keeps of a sign-in that it has begun; in its path is which one. */
const COOKIE = 'openbulk-asked';
/** A cookie has 4,096 bytes with its name and attributes, or browsers drop it (RFC 6265 §6.1). */
const MAX_LENGTH = 3_800;
/** The browser continues from the password page at once, s. */
const GO_ON_SECONDS = 300;

export interface OpenInteractionsOptions {
  /** Secrets that all processes share; the first one signs. */
  readonly keys: readonly string[];
  /** URL, of the pages that ask who sits there: `<issuer>/interaction/<id>`. */
  readonly issuer: string;
  /** Where they are stored after the sign-in. */
  readonly stored: Adapter;
}

const asking = new AsyncLocalStorage<IncomingMessage>();

/** Runs `use` while what the browser that asks keeps of its sign-in can be found. */
export function withBrowserOf<T>(request: IncomingMessage, use: () => T): T {
  return asking.run(request, use);
}

/**
 * Sign-ins under way. Whoever asks for one is a stranger, and the server keeps nothing for strangers: the browser itself keeps what was
 * asked for, signed and for an hour. Only when it is known who sits there, the database has it, once, until the browser has gone on.
 */
export function openInteractions({ keys, issuer, stored }: OpenInteractionsOptions): Adapter {
  return {
    async find(id) {
      const request = asking.getStore();
      return request ? open(keys, id, cookieOf(request)) : stored.find(id);
    },
    async upsert(id, payload, expiresIn = GO_ON_SECONDS) {
      const { result } = payload;
      if (result) return stored.upsert(id, { ...payload, ...accountOf(result) }, Math.min(expiresIn, GO_ON_SECONDS));
      const { ctx } = Provider;
      if (!ctx) throw new Error('the sign-in was not requested');
      const path = `${new URL(issuer).pathname.replace(/\/$/, '')}/interaction/${id}`;
      const value = seal(keys[0] ?? '', id, payload);
      const secure = ctx.secure ? '; Secure' : '';
      ctx.res.appendHeader(
        'set-cookie',
        `${COOKIE}=${value}; Path=${path}; Max-Age=${expiresIn}; HttpOnly; SameSite=Lax${secure}`,
      );
    },
    consume: (id) => stored.consume(id),
    destroy: (id) => stored.destroy(id),
    revokeByGrantId: (grantId) => stored.revokeByGrantId(grantId),
    findByUid: (uid) => stored.findByUid(uid),
    findByUserCode: (code) => stored.findByUserCode(code),
  };
}

/** So that it goes when the account does, or gets a new password. */
function accountOf(result: AdapterPayload): { accountId?: string } {
  const login = result.login as { accountId?: string } | undefined;
  return login?.accountId === undefined ? {} : { accountId: login.accountId };
}

/** @throws InvalidRequest when it does not fit into a cookie */
function seal(key: string, id: string, payload: AdapterPayload): string {
  const text = deflateRawSync(JSON.stringify(payload)).toString('base64url');
  if (text.length > MAX_LENGTH) throw new errors.InvalidRequest('the request is too long');
  return `${text}.${markOf(key, id, text)}`;
}

/** What was sealed under this id; nothing that was not made here is so much as unpacked. */
function open(keys: readonly string[], id: string, value = ''): AdapterPayload | undefined {
  const [text = '', mark = ''] = value.split('.');
  const given = Buffer.from(mark);
  const ours = keys.some((key) => {
    const expected = Buffer.from(markOf(key, id, text));
    return expected.length === given.length && timingSafeEqual(expected, given);
  });
  if (!ours) return undefined;
  return { ...JSON.parse(inflateRawSync(Buffer.from(text, 'base64url')).toString()), jti: id };
}

function markOf(key: string, id: string, text: string): string {
  return createHmac('sha256', key).update(`an interaction ${id} ${text}`).digest('base64url');
}

function cookieOf({ headers: { cookie = '' } }: IncomingMessage): string | undefined {
  const pairs = cookie.split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1);
}
