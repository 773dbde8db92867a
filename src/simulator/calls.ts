import { ACTION_NAMES } from './action-names.ts';
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

/** What stands in place of an action that no API has: its name is the caller's, and names without end would fill the memory. */
export const UNKNOWN_ACTION = '(unknown)';

const KNOWN_ACTIONS: ReadonlyMap<string, string> = new Map(ACTION_NAMES.map((name) => [name, name]));

/** The action as counts and quotas know it. */
export function countedAction(action: string): string {
  return KNOWN_ACTIONS.get(action) ?? UNKNOWN_ACTION;
}

const MAX_CALLS = 100_000;
const MAX_BYTES = 64 * 1024 * 1024;
/** Most characters that are kept of a text that a caller wrote. */
const MAX_TEXT = 64;
/** Most ids that are kept of one call: no action takes more. */
const MAX_IDS = 100;

/**
 * The latest calls: at most 100,000, and at most 64 MiB of them. Long texts are cut, of more than 100 ids the first are
 * kept. The counts cover the whole life of the log, with one key for all actions that no API has.
 */
export class CallLog {
  readonly #log = new BoundedLog<CallRecord>({ entries: MAX_CALLS, bytes: MAX_BYTES, sizeOf });
  readonly #counts = new Map<string, { calls: number; failed: number; throttled: number }>();
  readonly #quotas: QuotaBook;
  readonly #listeners = new Set<(call: CallRecord) => void>();

  constructor(quotas: QuotaBook) {
    this.#quotas = quotas;
  }

  record(call: CallRecord): void {
    this.#log.push(kept(call));
    const action = countedAction(call.action);
    const counts = this.#counts.get(action) ?? { calls: 0, failed: 0, throttled: 0 };
    counts.calls++;
    if (call.outcome !== 'ok') counts.failed++;
    if (call.throttled) counts.throttled++;
    this.#counts.set(action, counts);
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

  /** Calls of one action, 0 when it was never called; {@link UNKNOWN_ACTION} counts those that no API has. */
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

/** The record as it is kept. A text that was cut out of a request holds the whole request in memory, so it is copied. */
function kept(call: CallRecord): CallRecord {
  return {
    ...call,
    action: KNOWN_ACTIONS.get(call.action) ?? copied(call.action),
    region: copied(call.region),
    outcome: copied(call.outcome),
    instanceIds: call.instanceIds.slice(0, MAX_IDS).map(copied),
  };
}

function copied(text: string): string {
  const cut = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
  return Buffer.from(cut).toString();
}

/** Bytes of a kept record, roughly. */
function sizeOf({ action, region, outcome, instanceIds }: CallRecord): number {
  const texts = [action, region, outcome, ...instanceIds];
  return 300 + texts.reduce((sum, text) => sum + 24 + 2 * text.length, 0);
}
