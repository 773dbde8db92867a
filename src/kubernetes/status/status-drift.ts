/**
 * Keeps statuses as they were published: what somebody else changes in one is published again. Each object that came
 * with another status than before is looked at about a second later; its version is compared first, and its status only
 * when that differs.
 */
import type { BindingKey } from '../../api/ids.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import type { KubeObject } from '../client/kube-object.ts';
import type { StatusWriter } from './status-writer.ts';

/** Several changes that come together are looked at once, and the watch tells of our own. */
const LOOK_MS = 1_000;
/** Two that fight over one status must not flood the server. */
const AGAIN_MS = 30_000;

export interface StatusDriftOptions {
  readonly statuses: Pick<StatusWriter, 'isBusy' | 'compare' | 'forget'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** The object behind a binding, as it was last seen. */
  readonly object: (key: string) => (KubeObject & { readonly status?: object | undefined }) | undefined;
  /** Whether this replica acts for the object. */
  readonly leads: (key: string) => boolean;
}

export class StatusDrift {
  readonly #options: StatusDriftOptions;
  /** To be looked at. */
  readonly #seen = new Set<string>();
  /** When a status was last published again, of late. */
  readonly #mended = new Map<string, number>();
  #cancel: (() => void) | undefined;
  #listener: (keys: readonly BindingKey[]) => void = () => {};

  constructor(options: StatusDriftOptions) {
    this.#options = options;
  }

  /** Tells of bindings whose status has to be published again. */
  onAltered(listener: (keys: readonly BindingKey[]) => void): void {
    this.#listener = listener;
  }

  /** These objects have come with another status than before. */
  seen(keys: Iterable<string>): void {
    for (const key of keys) this.#seen.add(key);
    if (this.#seen.size > 0) this.#cancel ??= this.#lookIn(LOOK_MS);
  }

  stop(): void {
    this.#cancel?.();
    this.#seen.clear();
  }

  #lookIn(ms: number): () => void {
    return this.#options.clock.setTimer(ms, () => {
      this.#cancel = undefined;
      if (this.#options.signal.aborted) return;
      this.#look();
      if (this.#seen.size > 0) this.#cancel ??= this.#lookIn(LOOK_MS);
    });
  }

  #look(): void {
    const { clock } = this.#options;
    const nowMs = clock.now();
    for (const [key, atMs] of this.#mended) if (nowMs - atMs >= AGAIN_MS) this.#mended.delete(key);
    const altered = [...this.#seen].filter((key) => this.#isAltered(key, nowMs)) as BindingKey[];
    if (altered.length > 0) this.#listener(altered);
  }

  /** One that cannot be told yet is looked at again. */
  #isAltered(key: string, nowMs: number): boolean {
    const { statuses, object: find, leads, log } = this.#options;
    if (statuses.isBusy(key) || this.#mended.has(key)) return false;
    this.#seen.delete(key);
    const object = find(key);
    // Whoever gains a scope compares every status of it.
    if (object === undefined || !leads(key)) return false;
    const found = statuses.compare(key, object);
    if (found === 'same') return false;
    if (found === 'altered') {
      this.#mended.set(key, nowMs);
      log.warn({ binding: key }, 'somebody else has changed its status, which is written again');
    }
    // From here on only what the object says counts.
    statuses.forget(key);
    return true;
  }
}
