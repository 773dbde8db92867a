/**
 * A dispatcher sends batches of ready keys as soon as a quota slot is free: the batch is chosen at that moment, so the most
 * urgent keys go first however many wait, a lone key leaves at once and a flood leaves in full batches.
 *
 * It holds no timer but the one for the next moment at which something could leave.
 */
import type { Breaker } from './breaker.ts';
import type { Clock } from './clock.ts';
import type { QuotaBucket } from './quota-bucket.ts';
import type { CallKind, Telemetry } from './telemetry.ts';
import type { AddOptions, WorkQueue } from './work-queue.ts';

export interface BatchDispatcherOptions<Key> {
  readonly name: CallKind;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly queue: WorkQueue<Key>;
  readonly bucket: QuotaBucket;
  readonly breaker: Breaker;
  /** Most keys of one batch, asked for at each take. */
  readonly maxBatch: () => number;
  /** Whether a batch may leave at this moment; asked before each one. */
  readonly mayRun: () => boolean;
}

/**
 * Works on a batch. Returns undefined, and has given the keys back, when no call has to be made: the slot stays free.
 * Otherwise the promise settles when the reply has come; it must not reject. The keys are done when it settles.
 */
export type BatchHandler<Key> = (keys: readonly Key[]) => Promise<CallEnd> | undefined;

/** What a dispatcher has to know of a finished call. */
export interface CallEnd {
  readonly throttled: boolean;
}

/** Batches without a call, of which no quota limits the number, after which other work may go on. */
const DROPPED_AT_ONCE = 10;

export class BatchDispatcher<Key> {
  readonly #options: BatchDispatcherOptions<Key>;
  #handler: BatchHandler<Key> | undefined;
  #cancelTimer: (() => void) | undefined;
  #stopped = false;
  #pumpQueued = false;
  readonly #running = new Set<Promise<void>>();
  #steps = 0;

  constructor(options: BatchDispatcherOptions<Key>) {
    this.#options = options;
  }

  /** Calls that may leave in a second at present, and how many are under way. */
  get quota(): { readonly allowed: number; readonly inFlight: number } {
    const { allowed, inFlight } = this.#options.bucket;
    return { allowed, inFlight };
  }

  get depth(): number {
    return this.#options.queue.depth;
  }

  /** Whether something could leave now or is under way, and how many batches have left or ended. */
  get heartbeat(): { readonly busy: boolean; readonly steps: number } {
    const { clock, mayRun } = this.#options;
    const nowMs = clock.now();
    const atMs = this.#stopped ? undefined : this.#nextAtMs(nowMs);
    const due = atMs !== undefined && atMs <= nowMs && mayRun();
    return { busy: due || this.#running.size > 0, steps: this.#steps };
  }

  /** From now on batches leave. */
  serve(handler: BatchHandler<Key>): void {
    this.#handler = handler;
    this.#pump();
  }

  /** Adds a key. What can leave is sent when the present turn of the event loop ends, so that what is added together leaves together. */
  add(key: Key, options: AddOptions): void {
    const { queue, clock, telemetry, name } = this.#options;
    queue.add(key, { ...options, addedAtMs: clock.now() });
    telemetry.added(name);
    if (this.#pumpQueued) return;
    this.#pumpQueued = true;
    queueMicrotask(() => {
      this.#pumpQueued = false;
      this.#pump();
    });
  }

  /** Whether a key waits or is under way. */
  has(key: Key): boolean {
    return this.#options.queue.has(key);
  }

  remove(key: Key): void {
    this.#options.queue.remove(key);
  }

  /** No batch leaves any more. Resolves when those in flight are done. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer?.();
    await Promise.all(this.#running);
  }

  /** Sends what waits, after {@link BatchDispatcherOptions.mayRun} has turned true. */
  resume(): void {
    this.#pump();
  }

  /** Resolves when no call is in flight. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** Sends every batch that may leave now and sets the timer for the next moment. */
  #pump(): void {
    if (this.#stopped || this.#handler === undefined) return;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    for (let dropped = 0; ; ) {
      const nowMs = this.#options.clock.now();
      const atMs = this.#nextAtMs(nowMs);
      if (atMs === undefined) return;
      if (atMs > nowMs || dropped >= DROPPED_AT_ONCE) {
        this.#cancelTimer = this.#options.clock.setTimer(Math.max(0, Math.ceil(atMs - nowMs)), () =>
          this.#pump(),
        );
        return;
      }
      if (!this.#options.mayRun()) return;
      if (!this.#send(nowMs, this.#handler)) dropped++;
    }
  }

  #nextAtMs(nowMs: number): number | undefined {
    const { queue, bucket, breaker } = this.#options;
    const readyAtMs = queue.isReady(nowMs) ? nowMs : queue.nextReadyAtMs();
    if (readyAtMs === undefined) return undefined;
    // While the breaker is open one call probes at a time.
    if (breaker.open && bucket.inFlight > 0) return undefined;
    const slotAtMs = bucket.availableAtMs(nowMs, { urgent: this.#isUrgent(nowMs) });
    if (slotAtMs === undefined) return undefined;
    return Math.max(readyAtMs, slotAtMs, breaker.pausedUntilMs);
  }

  /** Whether a user's change, or what goes even before those, could leave now. */
  #isUrgent(nowMs: number): boolean {
    const priority = this.#options.queue.readyPriority(nowMs);
    return priority === 'change' || priority === 'urgent';
  }

  /** Returns whether a call was made. */
  #send(nowMs: number, handler: BatchHandler<Key>): boolean {
    const { queue, bucket, clock, telemetry, name } = this.#options;
    const urgent = this.#isUrgent(nowMs);
    const keys = queue.take(nowMs, this.#options.maxBatch(), { probing: this.#options.breaker.open });
    this.#steps++;
    const call = handler(keys);
    if (call === undefined) {
      for (const key of keys) queue.done(key);
      return false;
    }
    const pass = bucket.start(nowMs, { urgent });
    telemetry.left(name, { size: keys.length, waitedMs: queue.waitedMs });
    const running = call.then((end) => {
      this.#steps++;
      bucket.finish(clock.now(), { ...end, pass });
      telemetry.ended(name, clock.now() - nowMs);
      for (const key of keys) queue.done(key);
      this.#running.delete(running);
      this.#pump();
    });
    this.#running.add(running);
    return true;
  }
}
