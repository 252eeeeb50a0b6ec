/**
 * Why a token was not accepted.
 * - `invalid`: the token is at fault; it will not get better (401, `error="invalid_token"`).
 * - `unavailable`: what is needed to judge it cannot be reached; the same token may do later (503, or 504 in activityid).
 */
export type TokenErrorKind = 'invalid' | 'unavailable';

/**
 * A token was not accepted. The message is fit for `error_description` (RFC 6750 §3: printable ASCII without quotes and
 * backslashes) and tells nothing of keys, claims or causes; those are in `cause`, for the log.
 */
export class TokenError extends Error {
  override readonly name = 'TokenError';
  readonly kind: TokenErrorKind;

  constructor(kind: TokenErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
