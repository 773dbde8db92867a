/** The only reader of time. Everything that waits or stamps takes a {@link Clock}. */

/**
 * A source of time and of timers, so that a whole engine can run on virtual time. It tells two times: how long something
 * takes is measured by {@link Clock.now}; what people have written or will read, such as a change window, an expiry or a
 * timestamp, and what another process has recorded goes by {@link Clock.wall}. The two are never compared.
 */
export interface Clock {
  /** Milliseconds since some moment, near the Unix epoch; never goes back while the process lives. */
  now(): number;
  /** Milliseconds since the Unix epoch as the machine's clock says at this moment; it may be set at any time, also back. */
  wall(): number;
  /** Resolves after `ms`, or rejects with the signal's reason as soon as it aborts. 0 gives everything else that is due a turn. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `fire` once after `ms`; the returned function cancels it. */
  setTimer(ms: number, fire: () => void): () => void;
}

/** Longest delay that a Node timer takes; longer ones fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** A step of the machine's clock that is followed at once; smaller differences are left alone. */
const CLOCK_STEP_MS = 1_000;
let offsetMs = Date.now() - performance.now();

const NEXT_TURN: Pick<Clock, 'setTimer'> = {
  setTimer(_, fire) {
    const immediate = setImmediate(fire);
    return () => clearImmediate(immediate);
  },
};

/**
 * `now` is wall-clock time on the monotonic clock: a clock set forward is followed, as it is after the machine slept, so
 * that a lease has run out then; one set back is not, because waits and quota slots are measured on it. What is signed is
 * corrected by the server's own date.
 */
export const systemClock: Clock = {
  now() {
    const wallMs = Date.now();
    const nowMs = performance.now() + offsetMs;
    if (wallMs - nowMs <= CLOCK_STEP_MS) return Math.floor(nowMs);
    offsetMs += wallMs - nowMs;
    return wallMs;
  },
  wall: () => Date.now(),
  // A timer takes a millisecond at least: in a hundred steps of some work that would be most of the time.
  sleep: (ms, signal) => sleepWith(ms > 0 ? systemClock : NEXT_TURN, ms, signal),
  setTimer(ms, fire) {
    const timer = setTimeout(fire, Math.min(Math.max(ms, 0), MAX_TIMER_MS));
    return () => clearTimeout(timer);
  },
};

/** `sleep` in terms of `setTimer`, for implementations of {@link Clock}. */
export function sleepWith(clock: Pick<Clock, 'setTimer'>, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.setTimer(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** What the calendar shows at a moment of `now()`. In whole seconds of difference, so that what is said of a moment stays the same. */
export function wallAt(clock: Pick<Clock, 'now' | 'wall'>, atMs: number): number {
  return atMs + Math.round((clock.wall() - clock.now()) / 1_000) * 1_000;
}

/** The moment of `now()` at which something was recorded by the calendar. What lies ahead was recorded just now, by a clock that was wrong. */
export function sinceWall(clock: Pick<Clock, 'now' | 'wall'>, wallMs: number): number {
  return clock.now() - Math.max(clock.wall() - wallMs, 0);
}
