import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { KeyedHash } from './request.ts';

it('is the HMAC of every text, one after the other', () => {
  const keys = fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes));
  const texts = fc.array(fc.string({ unit: 'binary' }), { maxLength: 5 });
  fc.assert(
    fc.property(keys, texts, (key, given) => {
      const keyed = new KeyedHash(key);
      for (const text of given) {
        expect(keyed.hex(text)).toBe(createHmac('sha256', key).update(text, 'utf8').digest('hex'));
      }
    }),
  );
});

it('refuses a key that would have to be hashed first', () => {
  expect(() => new KeyedHash(Buffer.alloc(65))).toThrow('got 65');
});
