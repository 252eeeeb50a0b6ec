import type { ApiContext } from './context.ts';
import type { Envelope } from './errors/envelope.ts';
import type { HeaderName } from './openapi/header-components.ts';
import type { App } from './zod.ts';

/** A published API over the one task model: all that the rest of the API knows of it. */
export interface Dialect {
  readonly name: string;
  /** Every path at or below it is answered in the dialect's envelope, errors of whatever kind included. */
  readonly prefix: string;
  readonly envelope: Envelope;
  /** Headers that every answer of it has, beside those of every dialect. */
  readonly headers?: readonly HeaderName[];
  /**
   * Adds the dialect's routes, with their whole paths, to its own scope. It uses the context only when a request comes. Each route
   * declares its permission, its summary and its schemas, from which its OpenAPI document is made (openapi/declared-route.ts).
   */
  routes(scope: App, context: ApiContext): void;
}
