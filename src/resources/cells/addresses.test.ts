import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ipAddress, macAddress } from '../types/texts.ts';

describe('a MAC address', () => {
  test.each([
    ['00:1A:2b:3c:4d:5e', '00:1a:2b:3c:4d:5e'],
    ['00-1A-2B-3C-4D-5E', '00:1a:2b:3c:4d:5e'],
    ['00 1a 2b 3c 4d 5e', '00:1a:2b:3c:4d:5e'],
    ['00.1a.2b.3c.4d.5e', '00:1a:2b:3c:4d:5e'],
    ['001a.2b3c.4d5e', '00:1a:2b:3c:4d:5e'],
    ['001a-2b3c-4d5e', '00:1a:2b:3c:4d:5e'],
    ['001a:2b3c:4d5e', '00:1a:2b:3c:4d:5e'],
    ['001A 2B3C 4D5E', '00:1a:2b:3c:4d:5e'],
    ['02300f-b13c0d', '02:30:0f:b1:3c:0d'],
    ['001a2b:3c4d5e', '00:1a:2b:3c:4d:5e'],
    ['001A2B3C4D5E', '00:1a:2b:3c:4d:5e'],
    ['0:1a:2b:3:4D:5', '00:1a:2b:03:4d:05'],
    ['8:0:20:a:b:c', '08:00:20:0a:0b:0c'],
  ])('%s is %s', (cell, address) => {
    expect(macAddress.canonical(cell)).toBe(address);
    expect(macAddress.canonical(address)).toBe(address);
  });

  test.each([
    '00:1a:2b:3c:4d',
    '00:1a:2b:3c:4d:5e:6f',
    '00:1a-2b:3c-4d:5e',
    '001a.2b3c-4d5e',
    '1a.2b3c.4d5e',
    '2300f-b13c0d',
    '0-1-2-3-4-5',
    '1 2 3 4 5 6',
    '001a2b3c4d5g',
    '00::1a:2b:3c:4d',
    ':0:1:2:3:4:5',
    '1.2.3.4',
  ])('%s is none', (cell) => {
    expect(macAddress.canonical(cell)).toBeUndefined();
  });

  test('has one spelling, whatever notation and case it is written in', () => {
    const bytes = fc.uint8Array({ minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(
        bytes,
        fc.constantFrom(2, 4, 6),
        fc.constantFrom('-', ':', '.', ' '),
        fc.boolean(),
        (given, size, sign, upper) => {
          const digits = Buffer.from(given).toString('hex');
          const groups = digits.match(new RegExp(`.{${size}}`, 'g')) as string[];
          const written = [groups.join(sign), digits, Array.from(given, (byte) => byte.toString(16)).join(':')];
          const standard = (digits.match(/../g) as string[]).join(':');
          for (const each of written) {
            expect(macAddress.canonical(upper ? each.toUpperCase() : each)).toBe(standard);
          }
        },
      ),
    );
  });
});

describe('an IP address', () => {
  // RFC 5952, sections 4 and 5.
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:0DB8:0000:0000:0000:0000:0002:0001', '2001:db8::2:1'],
    ['2001:db8:0:0:0:0:2:1', '2001:db8::2:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:db8::1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:DB8::A', '2001:db8::a'],
    ['0:0:0:0:0:ffff:c000:0201', '::ffff:192.0.2.1'],
    ['::FFFF:192.0.2.1', '::ffff:192.0.2.1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['0::1', '::1'],
    ['fe80::1%eth0', undefined],
    ['192.0.2.256', undefined],
    ['192.0.2.01', undefined],
    ['2001:db8::1::2', undefined],
    ['[2001:db8::1]', undefined],
    ['2001:db8::/32', undefined],
  ])('%s is %s', (cell, address) => {
    expect(ipAddress.canonical(cell)).toBe(address);
  });

  test('of version 6 has one spelling, with and without its zeros', () => {
    const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
        const plain = groups.map((each) => each.toString(16)).join(':');
        const full = groups.map((each) => each.toString(16).toUpperCase().padStart(4, '0')).join(':');
        const standard = ipAddress.canonical(plain) as string;
        expect(ipAddress.canonical(full)).toBe(standard);
        expect(ipAddress.canonical(standard)).toBe(standard);
      }),
    );
  });
});
