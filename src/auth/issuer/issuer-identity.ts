import type { Queryable } from '../../store/connection/pool.ts';

export interface IssuerIdentityOptions {
  readonly pool: Queryable;
  /** The issuer's URL as the operator set it. */
  readonly configuredUrl?: string;
  /** Taken when nothing is configured and nothing is stored yet, e.g. `http://127.0.0.1:8080/oauth2`. */
  readonly defaultUrl: string;
}

/**
 * The URL by which the embedded issuer signs (`iss`), the same for all processes on this database. A configured URL wins
 * and is stored; otherwise the stored one holds; otherwise the default is stored.
 *
 * It is kept because `openbulk token` in another shell must mint what the server accepts, whatever port that one got.
 * @throws TypeError when a given URL cannot be an issuer (RFC 8414 §2: http or https, no query, no fragment)
 */
export async function issuerIdentity(options: IssuerIdentityOptions): Promise<string> {
  const { pool, configuredUrl, defaultUrl } = options;
  if (configuredUrl !== undefined) {
    const url = checkIssuerUrl(configuredUrl);
    await pool.query(
      `insert into settings (name, value) values ('issuer', $1)
       on conflict (name) do update set value = excluded.value, updated_at = now() where settings.value <> excluded.value`,
      [url],
    );
    return url;
  }
  await pool.query(`insert into settings (name, value) values ('issuer', $1) on conflict (name) do nothing`, [
    checkIssuerUrl(defaultUrl),
  ]);
  // A statement of its own: its snapshot sees what a process that was faster has committed.
  const { rows } = await pool.query<{ value: string }>(`select value from settings where name = 'issuer'`);
  const stored = rows[0]?.value;
  if (stored === undefined) throw new Error('the setting "issuer" was deleted while it was read');
  return stored;
}

/**
 * The audience of the issuer's tokens (RFC 8707 resource): the API that it is mounted in. `https://x/oauth2` gives
 * `https://x`.
 */
export function audienceOf(issuer: string): string {
  return new URL('.', issuer).href.replace(/\/$/, '');
}

function checkIssuerUrl(text: string): string {
  const url = URL.parse(text);
  const usable =
    url !== null && /^https?:$/.test(url.protocol) && !/[?#]/.test(url.href) && !url.username && !url.password;
  if (!usable) {
    throw new TypeError(`The issuer ${JSON.stringify(text)} must be an http or https URL without query and fragment.`);
  }
  return url.href.replace(/\/$/, '');
}
