/**
 * Keeps a client within a quota of N calls in each fixed one-second window of *server* time, whose edges the client
 * does not know.
 *
 * Two rules together:
 * - **Slots.** A call occupies one of N slots from the moment it is sent until one window after its reply. The server
 *   counted it somewhere between the two, so the call that reuses the slot is counted at least one window later:
 *   no window of the server, wherever its edges lie, ever holds more than N of our calls.
 * - **Pace.** Calls leave at most N a window on average, with a small burst, so that slots come free one by one and an
 *   urgent call never waits for a whole window.
 *
 * A few of the slots can be kept for urgent calls, which then need not wait for the pace either: while something slow and
 * long uses the rest, an urgent call leaves at once.
 *
 * When the server throttles all the same (others use the same bucket), N shrinks by a third and calls pause;
 * each quiet stretch wins one call back.
 */
import type { Clock } from './clock.ts';

export interface QuotaBucketOptions {
  /** Calls a window, N. */
  readonly limit: number;
  readonly windowMs?: number;
  /** Calls that may leave without pacing after a quiet time. */
  readonly burst?: number;
  /** Of the N slots: those that only urgent calls take, whatever the pace. None without it. */
  readonly express?: number;
}

/** The line that a call left by; its end is told with it. */
export type Pass = 'paced' | 'express';

/** A quiet stretch this long wins one call a window back. */
const RECOVERY_MS = 5_000;
const LONGEST_PAUSE_MS = 8_000;

/** Slots of one kind: occupied from the start of a call until one window after its end. */
class Slots {
  inFlight = 0;
  /** Times at which slots come free, ascending. */
  readonly freeAtMs: number[] = [];

  get occupied(): number {
    return this.inFlight + this.freeAtMs.length;
  }

  /** When fewer than `limit` are occupied; undefined while replies have to come first. */
  availableAtMs(limit: number): number | undefined {
    const excess = this.occupied - limit;
    return excess < 0 ? Number.NEGATIVE_INFINITY : this.freeAtMs[excess];
  }

  expire(nowMs: number): void {
    let free = 0;
    while (free < this.freeAtMs.length && (this.freeAtMs[free] as number) <= nowMs) free++;
    if (free > 0) this.freeAtMs.splice(0, free);
  }
}

export class QuotaBucket {
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #burst: number;
  readonly #express: number;
  #allowed: number;
  readonly #slots: Readonly<Record<Pass, Slots>> = { paced: new Slots(), express: new Slots() };
  /** The theoretical time of the next evenly paced call. */
  #paceMs = Number.NEGATIVE_INFINITY;
  #pausedUntilMs = Number.NEGATIVE_INFINITY;
  #throttledInARow = 0;
  #recoverAtMs = Number.POSITIVE_INFINITY;

  /** @throws RangeError when the limit is not at least 1, or nothing of it is left for other calls than urgent ones. */
  constructor(options: QuotaBucketOptions) {
    const { limit, express = 0 } = options;
    if (!(limit >= 1))
      throw new RangeError(`Expected \`limit\` to be at least 1 call a window, got ${limit}`);
    this.#limit = Math.floor(limit);
    if (express >= this.#limit)
      throw new RangeError(`Expected \`express\` to be less than ${limit}, got ${express}`);
    this.#windowMs = options.windowMs ?? 1_000;
    this.#burst = options.burst ?? 2;
    this.#express = express;
    this.#allowed = this.#limit;
  }

  /** Calls a window that are allowed at present. */
  get allowed(): number {
    return this.#allowed;
  }

  get inFlight(): number {
    return this.#slots.paced.inFlight + this.#slots.express.inFlight;
  }

  /** Calls of an earlier process, which may be counted only now: they occupy slots as if their replies came at this moment. */
  remember(calls: number, nowMs: number): void {
    this.#expire(nowMs);
    const { paced } = this.#slots;
    const free = Math.max(0, this.#limit - paced.occupied);
    for (let left = Math.min(calls, free); left > 0; left--) paced.freeAtMs.push(nowMs + this.#windowMs);
  }

  /** The earliest time at which a call may leave, not before `nowMs`; undefined while every slot waits for a reply. */
  availableAtMs(nowMs: number, { urgent = false } = {}): number | undefined {
    this.#expire(nowMs);
    const paced = this.#pacedAtMs(nowMs);
    if (!urgent || paced === nowMs) return paced;
    const slot = this.#slots.express.availableAtMs(this.#expressAllowed);
    if (slot === undefined) return paced;
    const express = Math.max(nowMs, slot, this.#pausedUntilMs);
    return paced === undefined ? express : Math.min(paced, express);
  }

  /** Occupies a slot for a call that leaves now; returns what {@link finish} has to be told. */
  start(nowMs: number, { urgent = false } = {}): Pass {
    const paced = this.#pacedAtMs(nowMs);
    const pass = urgent && (paced === undefined || paced > nowMs) ? 'express' : 'paced';
    this.#slots[pass].inFlight++;
    if (pass === 'paced') this.#paceMs = Math.max(this.#paceMs, nowMs) + this.#spacingMs;
    return pass;
  }

  /** Ends a call whose reply has come, or never will. */
  finish(nowMs: number, { throttled, pass = 'paced' }: { throttled: boolean; pass?: Pass }): void {
    const slots = this.#slots[pass];
    slots.inFlight--;
    slots.freeAtMs.push(nowMs + this.#windowMs);
    if (throttled) this.#slowDown(nowMs);
    else this.#throttledInARow = 0;
  }

  /** None while the server throttles. */
  get #expressAllowed(): number {
    return this.#allowed < this.#limit ? 0 : this.#express;
  }

  get #spacingMs(): number {
    return this.#windowMs / (this.#allowed - this.#expressAllowed);
  }

  #pacedAtMs(nowMs: number): number | undefined {
    const slot = this.#pacedSlotAtMs();
    if (slot === undefined) return undefined;
    return Math.max(nowMs, slot, this.#paceMs - this.#spacingMs * (this.#burst - 1), this.#pausedUntilMs);
  }

  #slowDown(nowMs: number): void {
    // One decrease a window: calls that left together are refused together.
    if (nowMs < this.#pausedUntilMs) return;
    this.#allowed = Math.max(1, Math.floor((this.#allowed * 2) / 3));
    this.#pausedUntilMs = nowMs + Math.min(this.#windowMs * 2 ** this.#throttledInARow, LONGEST_PAUSE_MS);
    this.#throttledInARow++;
    this.#recoverAtMs = this.#pausedUntilMs + RECOVERY_MS;
  }

  #pacedSlotAtMs(): number | undefined {
    const { paced, express } = this.#slots;
    const kept = this.#expressAllowed;
    if (express.occupied <= kept) return paced.availableAtMs(this.#allowed - kept);
    // The server throttles, and urgent calls from before still count.
    const excess = paced.occupied + express.occupied - this.#allowed;
    if (excess < 0) return Number.NEGATIVE_INFINITY;
    return [...paced.freeAtMs, ...express.freeAtMs].sort((a, b) => a - b)[excess];
  }

  #expire(nowMs: number): void {
    for (const slots of Object.values(this.#slots)) slots.expire(nowMs);
    while (this.#allowed < this.#limit && nowMs >= this.#recoverAtMs) {
      this.#allowed++;
      this.#recoverAtMs += RECOVERY_MS;
    }
  }
}

/** Looks for a free slot while every slot waits for a reply. */
const SLOT_POLL_MS = 20;

export interface FreeSlotOptions {
  readonly bucket: QuotaBucket;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Resolves when a call may leave now. Rejects with the signal's reason when it aborts. */
export async function freeSlot(
  { bucket, clock, signal }: FreeSlotOptions,
  options: { readonly urgent?: boolean } = {},
): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const nowMs = clock.now();
    const atMs = bucket.availableAtMs(nowMs, options);
    if (atMs !== undefined && atMs <= nowMs) return;
    await clock.sleep(atMs === undefined ? SLOT_POLL_MS : Math.ceil(atMs - nowMs), signal);
  }
}
