import type { ApiContext } from './context.ts';
import type { Envelope } from './envelope.ts';
import type { App } from './zod.ts';

/** A published API over the one task model: all that the rest of the API knows of it. */
export interface Dialect {
  readonly name: string;
  /** Every path at or below it is answered in the dialect's envelope, errors of whatever kind included. */
  readonly prefix: string;
  readonly envelope: Envelope;
  /** Adds the dialect's routes, with their whole paths, to a scope of its own. */
  routes(scope: App, context: ApiContext): void;
}
