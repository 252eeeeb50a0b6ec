/**
 * The headers of every page that this server shows, and of what belongs to it. Nothing is inline and nothing comes from elsewhere, so
 * that no text of anybody could ever run; nobody may frame it. `form-action` holds for the redirects after a form, too: at
 * the embedded issuer they all stay here. The referrer is this server's origin alone: an address may have a one-time link or what somebody
 * looked for in it, which is nothing for the log of a proxy; with none at all, forms would come without their `Origin`.
 */
export const pageHeaders = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "font-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'strict-origin',
} as const;
