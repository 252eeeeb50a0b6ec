import { expect, test } from 'vitest';
import { hideSecrets } from './hide-secrets.ts';

test.each([
  ['postgres://user:pass@host/db', 'postgres://***@host/db'],
  ['at postgresql://user:p@s/s@host:5432/db now', 'at postgresql://***@host:5432/db now'],
  ['"postgres://user:pass@one/db","postgres://two/db"', '"postgres://***@one/db","postgres://two/db"'],
  ['https://name:word@host/path?x=a@b', 'https://***@host/path?x=a@b'],
  ['https://host/path?x=a@b', 'https://host/path?x=a@b'],
  ['postgres://host/db?user=u&password=word&sslpassword=w', 'postgres://host/db?user=u&password=***&sslpassword=***'],
  ['the hush-hush of ada@example.com', 'the *** of ada@example.com'],
  ['nothing to hide', 'nothing to hide'],
])('%j is shown as %j', (text, shown) => {
  expect(hideSecrets(text, ['hush-hush'])).toBe(shown);
});
