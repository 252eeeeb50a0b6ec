/** A database's may hold whatever was not encoded as it should be: all up to the last `@` of the word. */
const OF_DATABASE = /\b(postgres(?:ql)?:\/\/)[^\s"'<>]*@/gi;
const OF_URL = /\b([a-z][a-z\d+.-]*:\/\/)[^\s"'<>/?#@]*@/gi;
/** Libpq's way to say it. */
const AS_PARAMETER = /\b((?:ssl)?password=)[^\s"'<>&]+/gi;

/**
 * A text for a log or a terminal without credentials: user and password of URLs, and the settings that are secret, wherever they
 * come from. An error's message quotes more than one would think.
 */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  let shown = text.replace(OF_DATABASE, '$1***@').replace(OF_URL, '$1***@').replace(AS_PARAMETER, '$1***');
  for (const secret of secrets) if (shown.includes(secret)) shown = shown.replaceAll(secret, '***');
  return shown;
}
