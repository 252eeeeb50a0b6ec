/** Bytes of a parameter of `/auth`. The console's `state` has a path of up to 1,024 characters in it, and its scope all permissions. */
const MAX_BYTES: Readonly<Record<string, number>> = { state: 1_536, scope: 2_048, redirect_uri: 512 };
const MAX_BYTES_OF_OTHERS = 256;
/** Longer than any known one, and short enough for a message. */
const MAX_NAME = 64;
/** All of them; one that is there a hundred times is not looked at. */
const MAX_PARAMETERS = 32;

/** Why an authorization request (RFC 6749 §4.1.1) is rejected; `undefined` if it is accepted. */
export function tooLong(query: Readonly<Record<string, string | readonly string[] | undefined>>): string | undefined {
  const all = Object.entries(query).flatMap(([name, value]) =>
    [value ?? ''].flat().map((text) => [name, text] as const),
  );
  if (all.length > MAX_PARAMETERS) return `a request can have at most ${MAX_PARAMETERS} parameters`;
  for (const [name, text] of all) {
    if (name.length > MAX_NAME) return `the name of a parameter can have at most ${MAX_NAME} characters`;
    const most = (Object.hasOwn(MAX_BYTES, name) && MAX_BYTES[name]) || MAX_BYTES_OF_OTHERS;
    if (Buffer.byteLength(text) > most) return `${name} must have at most ${most} bytes`;
  }
  return undefined;
}
