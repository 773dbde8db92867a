import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FAMILY_END, parseAddresses, prefixesOf } from './address-text.ts';
import { FAMILIES } from './rules.ts';

const anyRange = fc.constantFrom(...FAMILIES).chain((family) =>
  fc.tuple(fc.bigInt(0n, FAMILY_END[family] - 1n), fc.bigInt(0n, FAMILY_END[family] - 1n)).map((ends) => {
    const [first = 0n, last = 0n] = ends.toSorted((a, b) => (a < b ? -1 : 1));
    return { family, first, last };
  }),
);

describe('addresses', () => {
  it.each([
    ['10.1.2.3/8', ['10.0.0.0/8']],
    ['0.0.0.0/8', ['0.0.0.0/8']],
    [' 10.0.0.1 - 10.0.0.4 ', ['10.0.0.1/32', '10.0.0.2/31', '10.0.0.4/32']],
    ['0.0.0.0-255.255.255.255', ['0.0.0.0/0']],
    ['::', ['::/128']],
    ['2001:DB8::1:0:0:1', ['2001:db8::1:0:0:1/128']],
    ['2001:0db8:0:0:1:0:0:0/80', ['2001:db8:0:0:1::/80']],
    ['1:0:2:0:3:0:4:0', ['1:0:2:0:3:0:4:0/128']],
    ['::ffff:192.0.2.1', ['::ffff:c000:201/128']],
    ['fe80::-fe80::1', ['fe80::/127']],
  ])('"%s" are %j', (text, prefixes) => {
    const range = parseAddresses(text);
    expect(range && prefixesOf(range)).toEqual(prefixes);
  });

  it.each([
    '',
    '10.0.0',
    '10.0.0.256',
    '10.0.0.01',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.0.0.0/-1',
    '10.0.0.2-10.0.0.1',
    '10.0.0.1-::1',
    '10.0.0.1-10.0.0.2-10.0.0.3',
    '10.0.0.0/8-11.0.0.0/8',
    '::1-10.0.0.1',
    '::/129',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4::5:6:7:8',
    '12345::',
    '::g',
    '1.2.3.4::',
    '1.2.3.4::1',
    '::1.2.3.4:5',
    '::1.2.3',
    'fe80::1%eth0',
    'any',
  ])('"%s" are none that anybody can read', (text) => {
    expect(parseAddresses(text)).toBeUndefined();
  });

  it('of any range are those of its prefixes, which follow each other', () => {
    fc.assert(
      fc.property(anyRange, ({ family, first, last }) => {
        let next = first;
        for (const text of prefixesOf({ family, first, last })) {
          const parsed = parseAddresses(text);
          expect(parsed).toMatchObject({ family, first: next });
          next = (parsed?.last ?? 0n) + 1n;
        }
        expect(next).toBe(last + 1n);
      }),
    );
  });
});
