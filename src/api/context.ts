import type { Logger } from 'pino';
import type { Issuer } from '../auth/issuer/issuer.ts';
import type { Sessions } from '../auth/sessions/sessions.ts';
import type { SignInIssuer } from '../auth/sessions/sign-in-issuer.ts';
import type { Verifier } from '../auth/tokens/verify-token.ts';
import type { QuotaLimits } from '../service/platform/quotas.ts';
import type { RateLimiter } from '../service/platform/rate-limiter.ts';
import type { AdoptionRules } from '../service/resources/adopt/adoption-rules.ts';
import type { TaskContext } from '../service/tasks/task-context.ts';
import type { TaskFeed } from '../service/tasks/watch-task.ts';
import type { AddressLimit } from './http/limits/address-limit.ts';
import type { HttpLimits } from './http/limits/http-limits.ts';
import type { RequestTracer } from './operating/request-traces.ts';

/** How browsers sign in, and for how long. */
export interface SignInOptions {
  /** Not given: the embedded issuer. */
  readonly issuer?: SignInIssuer;
  /** An unused session expires after this long, s. */
  readonly idleSeconds: number;
  /** And every one after so long, s. */
  readonly lifetimeSeconds: number;
}

/** What the API works with. */
export interface ApiOptions extends TaskContext {
  /** Separate connections for what must not wait behind other requests: probes, tokens, sessions, rate limits. */
  readonly vitals: TaskContext['pool'];
  /** Tells of changes of tasks, for those who watch them. */
  readonly feed: TaskFeed;
  readonly verifier: Verifier;
  /** The embedded issuer, mounted at `/oauth2`; none when tokens come from elsewhere. */
  readonly issuer?: Issuer;
  /** The issuer's URL, as its tokens name it. */
  readonly issuerUrl: string;
  /** The API's own URL, without a trailing slash: the resource that tokens are for. */
  readonly resourceUrl: string;
  /** URL of this server for clients, without a trailing slash, if it is configured. */
  readonly publicUrl?: string;
  /** Without it, there is no sign-in. */
  readonly signIn?: SignInOptions;
  /** Addresses of the proxies in front, whose `X-Forwarded-For` tells from where a request comes; not given: none is believed. */
  readonly proxies?: readonly string[];
  /** Origins whose pages can call the dialects, such as `https://app.example`; none if not given. */
  readonly origins?: readonly string[];
  readonly log: Logger;
  /** Not given: no traces are kept. */
  readonly tracer?: RequestTracer;
  /** Of one uploaded file, bytes. */
  readonly maxUploadBytes: number;
  /** What an organization may have at most. */
  readonly quotaLimits: QuotaLimits;
  /** Tables that organizations can adopt; not given: none. */
  readonly adoption?: AdoptionRules;
  /** Requests a minute for one client; 0: no limit. */
  readonly rateLimit: number;
  /** Requests a minute from one address to what answers strangers; 0: no limit. */
  readonly addressLimit: number;
  /** Those that differ from `HTTP_LIMITS`. */
  readonly httpLimits?: Partial<HttpLimits>;
  /** Of the program. */
  readonly version: string;
}

export interface ApiContext extends ApiOptions {
  /** Set when the server is to stop: who would stream on forever ends. */
  readonly closing: AbortSignal;
  /** Undefined if there is no sign-in. */
  readonly sessions?: Sessions;
  /** None when there is no limit. */
  readonly limiter?: RateLimiter;
  readonly strangers: AddressLimit;
}
