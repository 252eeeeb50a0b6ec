/** Which page is answered, out of how many. */
export interface Pagination {
  readonly page: number;
  readonly pages: number;
  readonly perPage: number;
  readonly total: number;
}

/** Clients take 16 KiB of headers; five links of a longer URL would be more. */
const MAX_URL = 2_000;

/**
 * The headers of a page: where it stands, and links (RFC 8288, relative to the request) to the pages around it: the
 * request's own URL with another page, to be sent with the same body, without a page in it.
 */
export function paginationHeaders(url: string, { page, pages, perPage, total }: Pagination): Record<string, string> {
  const [path = '', query] = url.split('?', 2);
  const linkTo = (number: number, relation: string) => {
    const parameters = new URLSearchParams(query);
    parameters.set('page', String(number));
    parameters.set('per-page', String(perPage));
    return `<${path}?${parameters}>; rel="${relation}"`;
  };
  const links = [
    linkTo(page, 'self'),
    linkTo(1, 'first'),
    ...(page > 1 ? [linkTo(page - 1, 'prev')] : []),
    ...(page < pages ? [linkTo(page + 1, 'next')] : []),
    linkTo(Math.max(1, pages), 'last'),
  ];
  return {
    'x-pagination-current-page': String(page),
    'x-pagination-page-count': String(pages),
    'x-pagination-per-page': String(perPage),
    'x-pagination-total-count': String(total),
    ...(url.length <= MAX_URL && { link: links.join(', ') }),
  };
}
