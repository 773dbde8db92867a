/**
 * Finds out why an object is not seen any more where only some objects are followed: it was deleted, or its labels have
 * changed and it is there all the same. The watch says the same of both. Until the server has answered nobody knows, and
 * everything stays as it is.
 */

import { type BindingKey, partsOf } from '../../api/ids.ts';
import { messageOf } from '../../api/message-of.ts';
import { bindingPath } from '../../api/resource.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import type { KubeConnection } from '../client/kube-connection.ts';
import { KubeError } from '../client/kube-error.ts';
import type { BindingObject } from './binding-object.ts';

export interface DisappearancesOptions {
  readonly connection: Pick<KubeConnection, 'json'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether the object is seen again. */
  readonly isSeen: (key: BindingKey) => boolean;
  /** Whether the server answers for the object's namespace; it is not asked before it does. */
  readonly isReadable: (key: BindingKey) => boolean;
  /** Told of each object that was deleted (undefined), or is there and not followed any more. */
  readonly answered: (key: BindingKey, left: BindingObject | undefined) => void;
}

const AT_ONCE = 16;
const AGAIN_MS = 2_000;

export class Disappearances {
  readonly #options: DisappearancesOptions;
  /** The uid that each object had, by key; in the order of asking. */
  readonly #open = new Map<BindingKey, string>();
  readonly #running = new Set<BindingKey>();
  /** Running, and only waiting for their next attempt: they hold up nobody. */
  #pausing = 0;
  #signal: AbortSignal = AbortSignal.abort();

  constructor(options: DisappearancesOptions) {
    this.#options = options;
  }

  /** Asks until the signal aborts. */
  start(signal: AbortSignal): void {
    this.#signal = signal;
    this.#pump();
  }

  /** Whether it is not known yet why the object is not seen. */
  has(key: BindingKey): boolean {
    return this.#open.has(key);
  }

  /** All of which that is not known yet. */
  keys(): Iterable<BindingKey> {
    return this.#open.keys();
  }

  /** The object with this uid is not seen any more. */
  ask(key: BindingKey, uid: string): void {
    this.#open.set(key, uid);
    this.#pump();
  }

  #pump(): void {
    for (const key of this.#open.keys()) {
      if (this.#running.size - this.#pausing >= AT_ONCE || this.#signal.aborted) return;
      if (this.#running.has(key)) continue;
      this.#running.add(key);
      void this.#ask(key).finally(() => {
        this.#running.delete(key);
        this.#pump();
      });
    }
  }

  async #ask(key: BindingKey): Promise<void> {
    const { log, isSeen, isReadable, answered } = this.#options;
    while (!this.#signal.aborted) {
      const uid = this.#open.get(key);
      // What came back says itself what it is.
      if (uid === undefined || isSeen(key)) break;
      if (!isReadable(key)) {
        await this.#pause();
        continue;
      }
      try {
        const object = await this.#read(key);
        if (isSeen(key)) break;
        this.#open.delete(key);
        return answered(key, object?.metadata.uid === uid ? object : undefined);
      } catch (error) {
        if (this.#signal.aborted) return;
        const detail = messageOf(error);
        const text = 'whether an object was deleted or lost its labels is not known yet; it stays in force';
        log.warn({ binding: key, error: detail }, text);
        await this.#pause();
      }
    }
    this.#open.delete(key);
  }

  async #pause(): Promise<void> {
    this.#pausing++;
    this.#pump();
    await this.#options.clock.sleep(AGAIN_MS, this.#signal).catch(() => {});
    this.#pausing--;
  }

  async #read(key: BindingKey): Promise<BindingObject | undefined> {
    const path = bindingPath(partsOf(key));
    try {
      return await this.#options.connection.json<BindingObject>({ method: 'GET', path }, this.#signal);
    } catch (error) {
      if (error instanceof KubeError && error.status === 404) return undefined;
      throw error;
    }
  }
}
