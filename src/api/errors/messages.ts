/**
 * The sentences of API errors that several places share. `messages` are whole errors, `fieldMessages` complete "<field> …". A sentence of a
 * single check is next to that check; activityid words whole errors itself, in two languages (`dialects/activityid/errors.ts`).
 */

/** Whole errors, by what went wrong. */
export const messages = {
  invalid: 'The request is not valid.',
  not_found: 'Not found.',
  internal: 'The server could not process this request.',
  unavailable: 'The server is unavailable at the moment. Try again in a few seconds.',
  busy: 'Your organization has reached its limit of concurrent requests. Try again in a few seconds.',
  too_slow: 'The request took too long and was stopped. Request less at once, or try again in a few seconds.',
  store_full: 'The server has no space to store the file. Contact its operator. Nothing was submitted.',
  url_encoding: 'The URL is not encoded correctly.',
  body_too_large: 'The body is larger than this server allows.',
  body_incomplete: 'The body is incomplete.',
  body_not_utf8: 'The body is not valid UTF-8.',
  body_unreadable: 'The body cannot be read.',
  body_does_not_match_encoding: 'The body does not match its Content-Encoding, or is incomplete.',
  body_continues: 'The body has data after the end of its compressed content. Compress it as a single stream.',
  content_type: 'This Content-Type is not supported here.',
  headers_too_large: 'The headers are larger than this server allows.',
  request_timeout: 'The request took too long to arrive.',
  not_http: 'The request is not valid HTTP.',
  no_host: 'The request has no Host header.',
} as const;

/** What is wrong with a field, a parameter or a header. */
export const fieldMessages = {
  missing: 'is missing',
  repeated: 'is given more than once',
  unknownParameter: (known: readonly string[]) =>
    `is not a parameter of this request; its parameters are ${known.join(', ') || 'none'}`,
  string: 'must be a string',
  object: 'must be an object',
  wholeNumber: 'must be a whole number',
  wholeNumberIn: (min: number, max: number) => `must be a whole number from ${min} to ${max}`,
  /** Of a parameter, a form field or a header. */
  boolean: 'must be true, false, 1 or 0',
  /** Of a member of a JSON body. */
  jsonBoolean: 'must be true or false, without quotes',
  characters: (most: number) => `must have at most ${most} characters`,
  bytes: (most: number) => `must have at most ${most} bytes`,
  oneOf: (names: readonly string[]) => `must be one of ${names.join(', ')}`,
  idempotencyKey: 'must be 1 to 255 visible ASCII characters',
  organization: 'must name one of the organizations that the token has access to',
  lastId: 'must be the lastId of an earlier response',
  modeBesideOverride: 'cannot be given together with override',
  unstorable: 'must not contain U+0000 or an unpaired surrogate',
} as const;
