/** A setting that is not valid; the message names every one that is wrong and what it may be. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
