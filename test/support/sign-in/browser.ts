/** An answer as the browser got it. */
export interface Seen {
  readonly status: number;
  readonly url: URL;
  readonly headers: Headers;
  readonly text: string;
}

export interface Visit {
  readonly method?: string;
  readonly form?: Record<string, string>;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

interface Cookie {
  readonly value: string;
  readonly path: string;
  readonly attributes: string;
}

/** What a test needs of a browser: cookies by path, redirects one by one, forms. It keeps all that it ever got. */
export class Browser {
  /** By name and path. */
  readonly cookies = new Map<string, Cookie & { readonly name: string }>();
  readonly seen: Seen[] = [];
  readonly origin: string;
  /** Where the server is in truth. */
  readonly #server: string;
  /** What the proxy in front of it cuts off. */
  readonly #prefix: string;

  /** @param publicUrl by which the browser knows the server, through a proxy that cuts off the path; its own when not given */
  constructor(server: string, publicUrl = server) {
    const { origin, pathname } = new URL(publicUrl);
    this.origin = origin;
    this.#server = server;
    this.#prefix = pathname.replace(/\/$/, '');
  }

  cookie(name: string): Cookie | undefined {
    return [...this.cookies.values()].find((cookie) => cookie.name === name);
  }

  /** Asks once, as a navigation or a script of a page here would. */
  async ask(path: string | URL, { method = 'GET', form, headers = {}, body }: Visit = {}): Promise<Seen> {
    const url = new URL(path, this.origin);
    if (url.origin !== this.origin || !url.pathname.startsWith(this.#prefix)) throw new Error(`${url} is elsewhere`);
    const sent = [...this.cookies.values()].filter(
      ({ path: own }) => url.pathname === own || url.pathname.startsWith(own.replace(/\/?$/, '/')),
    );
    const payload = form ? new URLSearchParams(form) : body;
    const response = await fetch(this.#server + url.pathname.slice(this.#prefix.length) + url.search, {
      method,
      redirect: 'manual',
      headers: {
        ...(sent.length > 0 && { cookie: sent.map(({ name, value }) => `${name}=${value}`).join('; ') }),
        ...headers,
      },
      ...(payload !== undefined && { body: payload }),
    });
    for (const line of response.headers.getSetCookie()) this.#keep(line, url);
    const seen = { status: response.status, url, headers: response.headers, text: await response.text() };
    this.seen.push(seen);
    return seen;
  }

  /** Follows redirects, up to `stop` if that is given. @param stop the beginning of a path */
  async visit(path: string | URL, visit: Visit = {}, stop?: string): Promise<Seen> {
    let seen = await this.ask(path, visit);
    for (let hops = 0; hops < 10; hops += 1) {
      const location = seen.headers.get('location');
      if (seen.status < 300 || seen.status >= 400 || location === null) return seen;
      const next = new URL(location, seen.url);
      if (stop !== undefined && next.pathname.startsWith(stop)) return seen;
      seen = await this.ask(next);
    }
    throw new Error('a loop of redirects');
  }

  /** Sends the form of a page to the page's own address. */
  submit(page: Seen, form: Record<string, string>, stop?: string): Promise<Seen> {
    const headers = { origin: this.origin, 'sec-fetch-site': 'same-origin' };
    return this.visit(page.url, { method: 'POST', form, headers }, stop);
  }

  /** As a script of a page of the console asks. */
  api(path: string, visit: Visit = {}): Promise<Seen> {
    const own = { 'sec-fetch-site': 'same-origin', 'openbulk-csrf': '1' };
    return this.ask(path, { ...visit, headers: { ...own, ...visit.headers } });
  }

  #keep(line: string, url: URL): void {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
    const split = pair.indexOf('=');
    const name = pair.slice(0, split);
    const value = pair.slice(split + 1);
    const path = attributes.find((each) => /^path=/i.test(each))?.slice(5) ?? url.pathname;
    const key = `${name} ${path}`;
    const gone = value === '' || attributes.some((each) => /^max-age=0$|^expires=thu, 01 jan 1970/i.test(each));
    if (gone) this.cookies.delete(key);
    else this.cookies.set(key, { name, value, path, attributes: attributes.join('; ') });
  }
}
