/**
 * Writes statuses: one patch for each binding and settled change. What comes while a patch is on its way replaces
 * what waits, a bounded number of patches runs at once, and one that fails is repeated with the newest status, for as long
 * as this process speaks for the object.
 */

import { hash } from 'node:crypto';
import { type BindingKey, partsOf } from '../../api/ids.ts';
import { messageOf } from '../../api/message-of.ts';
import { bindingPath } from '../../api/resource.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import type { Random } from '../../runtime/random.ts';
import type { KubeConnection, KubeRequest } from '../client/kube-connection.ts';
import { KubeError } from '../client/kube-error.ts';
import type { KubeObject } from '../client/kube-object.ts';

export interface StatusWriterOptions {
  readonly connection: KubeConnection;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Whether this process speaks for the object at this moment; asked before each patch. What it may not write is dropped. */
  readonly mayWrite: (key: string) => boolean;
  /** Told of each status that an object has now. */
  readonly onWritten: (write: StatusWrite) => void;
}

/** A status that is to be written. */
export interface StatusWrite {
  /** `namespace/name`. */
  readonly key: string;
  /** Of the object that is meant: a new object of the same name is not written. */
  readonly uid: string;
  readonly status: object;
}

/** An object as it was last seen. */
export interface SeenStatus {
  readonly metadata: Pick<KubeObject['metadata'], 'uid' | 'resourceVersion'>;
  readonly status?: object | undefined;
}

/** What this process last wrote into the status of an object. */
interface Written {
  readonly digest: string;
  /** The version of the object that this led to, or a later one that says the same; empty when the server did not tell. */
  readonly version: string;
}

const FIELD_MANAGER = 'cvmsg';
const AT_ONCE = 16;
const FIRST_BACKOFF_MS = 250;
const LONGEST_BACKOFF_MS = 30_000;

export class StatusWriter {
  readonly #options: StatusWriterOptions;
  readonly #waiting = new Map<string, StatusWrite>();
  readonly #running = new Map<string, Promise<void>>();
  /** A status that says the same as what was last written is not written again. Absent: none was. */
  readonly #written = new Map<string, Written>();
  /** How often the status of an object has failed in a row. */
  readonly #failures = new Map<string, number>();
  /** Running, and only waiting for their next attempt. */
  #backingOff = 0;
  #writes = 0;

  constructor(options: StatusWriterOptions) {
    this.#options = options;
  }

  /** Patches that were accepted. */
  get writes(): number {
    return this.#writes;
  }

  /** @param seen the object as it was last seen: a status that says the same is not written. */
  write(write: StatusWrite, seen?: SeenStatus): void {
    if (this.#stands(write, seen?.status) && !this.#running.has(write.key)) {
      this.#waiting.delete(write.key);
      this.#options.onWritten(write);
      return;
    }
    this.#waiting.set(write.key, write);
    this.#pump();
  }

  /** Whether the object says that already. What was last written is newer than what was last seen. */
  #stands(write: StatusWrite, present: object | undefined): boolean {
    const written = this.#written.get(write.key);
    if (written !== undefined) return written.digest === fingerprint(write);
    return present !== undefined && saysTheSame(present, write.status);
  }

  forget(key: string): void {
    this.#waiting.delete(key);
    this.#written.delete(key);
  }

  /** Whether a status of the object is being written, or waits to be. */
  isBusy(key: string): boolean {
    return this.#running.has(key) || this.#waiting.has(key);
  }

  /**
   * Whether an object still says what this process last wrote: `altered` when it certainly does not, `unknown` when none
   * was written, so that only a status can tell.
   */
  compare(key: string, { metadata, status = {} }: SeenStatus): 'same' | 'altered' | 'unknown' {
    const written = this.#written.get(key);
    if (written === undefined) return 'unknown';
    const { uid = '', resourceVersion: version = '' } = metadata;
    // An older one was overwritten by ours, of which the watch will tell.
    if (written.version === version || isOlder(version, written.version)) return 'same';
    if (fingerprint({ key, uid, status }) !== written.digest) return 'altered';
    this.#written.set(key, { digest: written.digest, version });
    return 'same';
  }

  /** Resolves when nothing waits and nothing is on its way. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values());
  }

  #pump(): void {
    for (const [key, write] of this.#waiting) {
      if (this.#running.size - this.#backingOff >= AT_ONCE) return;
      if (this.#running.has(key)) continue;
      this.#waiting.delete(key);
      const running = this.#patch(write).finally(() => {
        this.#running.delete(key);
        this.#pump();
      });
      this.#running.set(key, running);
    }
  }

  async #patch(write: StatusWrite): Promise<void> {
    const { connection, log, signal, mayWrite } = this.#options;
    const { key } = write;
    const attempt = this.#failures.get(key) ?? 0;
    this.#failures.delete(key);
    if (signal.aborted) return;
    if (!mayWrite(key)) {
      // What was written is not what was last wanted.
      this.#written.delete(key);
      return;
    }
    const digest = fingerprint(write);
    if (this.#written.get(key)?.digest === digest) return this.#options.onWritten(write);
    try {
      const reply = await connection.json<KubeObject | undefined>(request(write), signal);
      this.#written.set(key, { digest, version: reply?.metadata.resourceVersion ?? '' });
      this.#writes++;
      this.#options.onWritten(write);
    } catch (error) {
      if (signal.aborted || isGone(error)) return;
      if (isRefused(error)) {
        const fields = { binding: key, error: messageOf(error) };
        log.error(fields, 'the server refuses a status, which waits for the next change');
        return;
      }
      log.warn({ binding: key, error: messageOf(error) }, 'a status could not be written and is tried again');
      this.#failures.set(key, attempt + 1);
      await this.#backOff(error, attempt);
      // Behind those that wait by now: one that keeps failing holds up nobody.
      if (!this.#waiting.has(key)) this.#waiting.set(key, write);
    }
  }

  async #backOff(error: unknown, attempt: number): Promise<void> {
    const { clock, random, signal } = this.#options;
    const full = Math.min(FIRST_BACKOFF_MS * 2 ** Math.min(attempt, 16), LONGEST_BACKOFF_MS);
    const asked = error instanceof KubeError ? (error.retryAfterMs ?? 0) : 0;
    this.#backingOff++;
    this.#pump();
    await clock.sleep(Math.max(asked, full * (0.5 + random.next() / 2)), signal).catch(() => {});
    this.#backingOff--;
  }
}

function request({ key, uid, status }: StatusWrite): KubeRequest {
  return {
    method: 'PATCH',
    path: `${bindingPath(partsOf(key as BindingKey))}/status?fieldManager=${FIELD_MANAGER}`,
    contentType: 'application/json-patch+json',
    // A merge patch would ignore the uid here: the status of a new object of the same name must not be written.
    body: [
      { op: 'test', path: '/metadata/uid', value: uid },
      { op: 'add', path: '/status', value: status },
    ],
  };
}

/** Nothing but another status, or another object, can be accepted. */
function isRefused(error: unknown): boolean {
  if (!(error instanceof KubeError)) return false;
  return error.status === 422 || error.status === 413 || error.message.includes('request is too large');
}

/** The object is gone, or another one has its name: there is nothing to write any more. */
function isGone(error: unknown): boolean {
  if (!(error instanceof KubeError)) return false;
  return (
    error.status === 404 || error.status === 409 || (error.status === 422 && /test.*uid/s.test(error.message))
  );
}

/** Whether a version comes before another one, as far as that can be told: servers count them. */
function isOlder(a: string, b: string): boolean {
  return /^\d+$/.test(a) && /^\d+$/.test(b) && BigInt(a) < BigInt(b);
}

/** What a status says, whatever the order of its keys. */
function fingerprint({ uid, status }: StatusWrite): string {
  // A digest, because there may be one for each binding for as long as the process lives.
  return hash('sha256', JSON.stringify([uid, normalise(status)]), 'base64');
}

function normalise(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normalise);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => !saysNothing(inner));
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, normalise(inner)]),
  );
}

/** Whether two statuses have the same {@link fingerprint}. */
function saysTheSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    const [one, other] = [a as unknown[], b as unknown[]];
    return one.length === other.length && one.every((inner, index) => saysTheSame(inner, other[index]));
  }
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => {
    const [one, other] = [a[name as never], b[name as never]];
    return saysTheSame(one, other) || (saysNothing(one) && saysNothing(other));
  });
}

/** A field without a value, or a count of none, is as good as absent. */
function saysNothing(value: unknown): boolean {
  return value === undefined || value === null || value === 0;
}
