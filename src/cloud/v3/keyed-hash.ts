/**
 * HMAC-SHA256 with a key that is used again and again (RFC 2104, section 4): the two hash states that depend on the key
 * alone are kept, and each text starts from a copy of them.
 */
import { createHash, type Hash } from 'node:crypto';

const BLOCK_BYTES = 64;
const INNER = 0x36;
const OUTER = 0x5c;

export class KeyedHash {
  readonly #inner: Hash;
  readonly #outer: Hash;

  /** @throws RangeError for a key that is longer than a block of 64 bytes. */
  constructor(key: Buffer) {
    if (key.length > BLOCK_BYTES) {
      throw new RangeError(`Expected a key of at most ${BLOCK_BYTES} bytes, got ${key.length}`);
    }
    this.#inner = createHash('sha256').update(padded(key, INNER));
    this.#outer = createHash('sha256').update(padded(key, OUTER));
  }

  /** The HMAC of the text as UTF-8, in hexadecimal. */
  hex(text: string): string {
    const inner = this.#inner.copy().update(text, 'utf8').digest();
    return this.#outer.copy().update(inner).digest('hex');
  }
}

function padded(key: Buffer, pad: number): Uint8Array {
  return Buffer.alloc(BLOCK_BYTES).map((_, index) => (key[index] ?? 0) ^ pad);
}
