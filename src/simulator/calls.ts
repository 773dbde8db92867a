import type { ApiGeneration } from './api-call.ts';
import { BoundedLog } from './bounded-log.ts';
import type { QuotaBook } from './quotas.ts';

/** One request as the simulated cloud saw it. */
export interface CallRecord {
  /** Server receive time, milliseconds since the Unix epoch. */
  readonly timeMs: number;
  readonly api: ApiGeneration | 'metadata';
  readonly action: string;
  /** Empty when the caller could not be told. */
  readonly account: string;
  readonly region: string;
  readonly instanceIds: readonly string[];
  /** `ok`, the error code that was answered, `HTTP 502`, `html`, `truncated`, `reset-before` or `reset-after`. */
  readonly outcome: string;
  readonly throttled: boolean;
  readonly requestId: string;
}

export interface ActionCounts {
  readonly calls: number;
  readonly failed: number;
  readonly throttled: number;
}

/** Every call, bounded; the counts cover the whole life of the log. */
export class CallLog {
  readonly #log = new BoundedLog<CallRecord>(100_000);
  readonly #counts = new Map<string, { calls: number; failed: number; throttled: number }>();
  readonly #quotas: QuotaBook;
  readonly #listeners = new Set<(call: CallRecord) => void>();

  constructor(quotas: QuotaBook) {
    this.#quotas = quotas;
  }

  record(call: CallRecord): void {
    this.#log.push(call);
    const counts = this.#counts.get(call.action) ?? { calls: 0, failed: 0, throttled: 0 };
    counts.calls++;
    if (call.outcome !== 'ok') counts.failed++;
    if (call.throttled) counts.throttled++;
    this.#counts.set(call.action, counts);
    for (const listener of this.#listeners) listener(call);
  }

  /** Calls `listener` at every call, before its answer leaves; the returned function ends that. */
  onCall(listener: (call: CallRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The kept calls, oldest first. */
  entries(): readonly CallRecord[] {
    return this.#log.entries();
  }

  get dropped(): number {
    return this.#log.dropped;
  }

  get throttled(): number {
    let sum = 0;
    for (const counts of this.#counts.values()) sum += counts.throttled;
    return sum;
  }

  counts(): Readonly<Record<string, ActionCounts>> {
    return Object.fromEntries([...this.#counts].map(([action, counts]) => [action, { ...counts }]));
  }

  /** Calls of one action, 0 when it was never called. */
  count(action: string): number {
    return this.#counts.get(action)?.calls ?? 0;
  }

  /** The most calls that one account made of this action in one region within one second of server time, refused ones included. */
  peakPerWindow(action: string): number {
    return this.#quotas.peakPerWindow(action);
  }

  clear(): void {
    this.#log.clear();
    this.#counts.clear();
    this.#quotas.resetPeaks();
  }
}
