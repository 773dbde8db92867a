/** The keys that the simulated cloud knows: permanent ones per account, and temporary ones that it hands out. */
import type { Random } from '../runtime/random.ts';

/** A permanent key pair, or a temporary one when it has a token. */
export interface SimulatorCredential {
  readonly secretId: string;
  readonly secretKey: string;
  /** Absent: the fleet's first account. */
  readonly accountName?: string;
  /** Present: every request must carry it. */
  readonly token?: string;
  /** When a temporary key ends, milliseconds since the Unix epoch. */
  readonly expiresAtMs?: number;
}

/** A role that a machine or a pod may assume. */
export interface SimulatorRole {
  readonly name: string;
  readonly accountName: string;
}

export interface KnownCredential extends SimulatorCredential {
  readonly accountName: string;
}

export interface TemporaryCredential extends KnownCredential {
  readonly token: string;
  readonly expiresAtMs: number;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** A new permanent pair of the vendor's form: `AKID` and 32 characters, and a key of 32. */
export function generateCredential(random: Random, accountName: string): KnownCredential {
  return { secretId: `AKID${text(random, 32)}`, secretKey: text(random, 32), accountName };
}

export class CredentialBook {
  readonly #random: Random;
  readonly #bySecretId = new Map<string, KnownCredential>();
  #version = 0;

  constructor(random: Random, credentials: readonly KnownCredential[]) {
    this.#random = random;
    for (const credential of credentials) this.#bySecretId.set(credential.secretId, credential);
  }

  /** Grows with every change. */
  get version(): number {
    return this.#version;
  }

  find(secretId: string): KnownCredential | undefined {
    return this.#bySecretId.get(secretId);
  }

  add(credential: KnownCredential): void {
    this.#bySecretId.set(credential.secretId, credential);
    this.#version++;
  }

  remove(secretId: string): boolean {
    this.#version++;
    return this.#bySecretId.delete(secretId);
  }

  /** Every key, temporary ones included. */
  list(): readonly KnownCredential[] {
    return [...this.#bySecretId.values()];
  }

  /** Hands out a temporary key, and forgets those that ended a day ago. */
  issue(accountName: string, nowMs: number, lifetimeMs: number): TemporaryCredential {
    for (const { secretId, expiresAtMs } of this.#bySecretId.values()) {
      if (expiresAtMs !== undefined && expiresAtMs < nowMs - 86_400_000) this.#bySecretId.delete(secretId);
    }
    const credential: TemporaryCredential = {
      secretId: `AKID${text(this.#random, 60)}`,
      secretKey: text(this.#random, 44),
      token: text(this.#random, 120),
      accountName,
      expiresAtMs: nowMs + lifetimeMs,
    };
    this.add(credential);
    return credential;
  }
}

function text(random: Random, length: number): string {
  let result = '';
  for (let index = 0; index < length; index++)
    result += ALPHABET[Math.floor(random.next() * ALPHABET.length)];
  return result;
}
