/** The only reader of time. Everything that waits or stamps takes a {@link Clock}. */

/** A source of time and of timers, so that a whole engine can run on virtual time. */
export interface Clock {
  /** Milliseconds since the Unix epoch; never goes back while the process lives. */
  now(): number;
  /** Resolves after `ms`, or rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `fire` once after `ms`; the returned function cancels it. */
  setTimer(ms: number, fire: () => void): () => void;
}

/** Longest delay that a Node timer takes; longer ones fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** A step of the machine's clock that is followed at once; smaller differences are left alone. */
const CLOCK_STEP_MS = 1_000;
let offsetMs = Date.now() - performance.now();

/**
 * Wall-clock time on the monotonic clock: a clock set forward is followed, one set back is not, because waits and
 * quota slots are measured on it. What is signed is corrected by the server's own date.
 */
export const systemClock: Clock = {
  now() {
    const wallMs = Date.now();
    const nowMs = performance.now() + offsetMs;
    if (wallMs - nowMs <= CLOCK_STEP_MS) return Math.floor(nowMs);
    offsetMs += wallMs - nowMs;
    return wallMs;
  },
  sleep: (ms, signal) => sleepWith(systemClock, ms, signal),
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
