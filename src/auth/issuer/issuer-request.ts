/** An answer of the issuer is at most this long, bytes; the key sets of the largest have 20 KB. */
const MAX_BYTES = 256 * 1024;

/** A request to the issuer failed; the message says what, where and why. For the log only. */
export class IssuerError extends Error {
  override readonly name = 'IssuerError';
  /** Of its answer, where it gave one that was not 200. */
  readonly status: number | undefined;

  constructor(message: string, options: ErrorOptions & { readonly status?: number } = {}) {
    super(message, options);
    this.status = options.status;
  }
}

/** A JSON object, not looked at yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Asks the issuer for a JSON object. Redirects are not followed: a token, the server's own credentials and the keys that
 * decide whom to believe stay with the host that was named.
 * @throws IssuerError
 */
export async function askIssuer(
  url: URL,
  request: RequestInit & { readonly signal: AbortSignal },
): Promise<JsonObject> {
  let status: number | undefined;
  try {
    const response = await fetch(url, { ...request, redirect: 'error' });
    const text = await readBounded(response);
    if (response.status !== 200) {
      status = response.status;
      throw new Error(`it responded with status ${status}`);
    }
    return jsonObject(text);
  } catch (cause) {
    const message = `The issuer's response from ${url} cannot be used: ${reason(cause)}`;
    throw new IssuerError(message, { cause, ...(status !== undefined && { status }) });
  }
}

/** @throws Error when the text is no JSON object */
export function jsonObject(text: string): JsonObject {
  const body: unknown = JSON.parse(text);
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new Error('it did not send a JSON object');
  return body as JsonObject;
}

/** The body, whatever its status: a connection whose answer is not read cannot be used again. */
async function readBounded(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.byteLength;
    // Leaving the loop ends the connection.
    if (bytes > MAX_BYTES) throw new Error(`it sent more than ${MAX_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** `fetch failed` says nothing; its cause does. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? reason(error.cause) : error.message;
}
