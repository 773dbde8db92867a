/** How far a request's timestamp may lie from server time. */
export const TIMESTAMP_TOLERANCE_SECONDS = 300;

/**
 * Which nonces were used. A nonce counts together with its key and timestamp, as the vendor says, and is kept for as long as
 * that timestamp could still be accepted.
 */
export class NonceLedger {
  /** In order of use; the value is the server second after which it may be forgotten. */
  readonly #used = new Map<string, number>();

  /** Notes a nonce as used; false when it was used before. */
  use(key: { secretId: string; timestamp: string; nonce: string }, serverSeconds: number): boolean {
    this.#forget(serverSeconds);
    const name = `${key.secretId}\n${key.timestamp}\n${key.nonce}`;
    if (this.#used.has(name)) return false;
    this.#used.set(name, serverSeconds + 2 * TIMESTAMP_TOLERANCE_SECONDS);
    return true;
  }

  #forget(serverSeconds: number): void {
    for (const [name, until] of this.#used) {
      if (until >= serverSeconds) return;
      this.#used.delete(name);
    }
  }
}
