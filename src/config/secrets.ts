import type { Settings } from './settings.ts';

/** Settings that are secrets, or hold one; their values are never shown. */
const SECRET =
  /^(?:DATABASE_URL$|OPENBULK_CONNECTION_|OPENBULK_TOKEN$|OPENBULK_SECRET_KEY(?!_FILE)|OPENBULK_\w+_SECRET$)/;

/** What is said of the value of a setting that is not valid. */
export function shown(name: string, given: NodeJS.ProcessEnv): string {
  if (SECRET.test(name)) return 'its value is not shown because it may contain a secret';
  // A password where none belongs is one all the same.
  return `it is ${JSON.stringify((given[name] ?? '').replace(/(:\/\/).*@/s, '$1***@'))}`;
}

/** Shorter secrets occur in too many words to be hidden, and are insecure anyway. */
const MIN_SECRET = 8;

/** Texts that no log may have. */
export function secretsOf(values: Settings, connections: readonly string[]): string[] {
  const named = Object.entries(values).filter(([name]) => SECRET.test(name) && name !== 'DATABASE_URL');
  const passwords = [values.DATABASE_URL ?? '', ...connections].map((url) => URL.parse(url)?.password ?? '');
  const texts = [...passwords, ...passwords.map(decodeURIComponent), ...named.map(([, value]) => String(value ?? ''))];
  texts.push(...headerSecrets(values));
  return [...new Set(texts)].filter((text) => text.length >= MIN_SECRET);
}

/** Headers that bear a secret, by their names. */
const SECRET_HEADER = /auth|key|secret|token|password/i;

/** Of the headers for the collector of traces, written as `name=value,name=value` with the values percent-encoded. */
function headerSecrets(values: Settings): string[] {
  const headers = [values.OTEL_EXPORTER_OTLP_HEADERS, values.OTEL_EXPORTER_OTLP_TRACES_HEADERS].join(',').split(',');
  return headers.flatMap((header) => {
    const [name = '', value = ''] = header.split(/=(.*)/s, 2);
    if (!SECRET_HEADER.test(name)) return [];
    // `Bearer` and its like are no secret.
    return [value, decoded(value)].map((text) => text.trim().replace(/^\w+(?: |%20)/, ''));
  });
}

/** Nothing where it is not encoded as it should be. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
