import type { Config } from '../config/config.ts';
import { CommandError } from './terminal/exit.ts';

/** For commands that serve the embedded issuer alone. @throws CommandError where it is not in use */
export function needOwnIssuer({ externalIssuer }: Config): void {
  if (!externalIssuer) return;
  throw new CommandError(
    `This server accepts only tokens from ${externalIssuer.issuer} (OPENBULK_ISSUER). Get tokens there.`,
  );
}
