/** What every access token must be, whichever way it is verified. */
export interface TokenRules {
  /** `iss` that a token must have, to the letter. */
  readonly issuer: string;
  /** What `aud` must be or contain. */
  readonly audience: string;
  /**
   * Whether a JWT may be of type `JWT` or of none, as those of many issuers are; not given: it must be `at+jwt`
   * (RFC 9068 §4).
   */
  readonly untyped?: boolean;
}

/** Seconds by which the clocks of issuer and server may differ, for `exp` and `nbf`. */
export const CLOCK_TOLERANCE = 5;
