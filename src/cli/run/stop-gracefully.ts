/** Ends a controller: the first signal lets the calls in flight finish, a deadline gives them up, a second signal ends at once. */
import { systemClock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { EXIT } from '../exit-code.ts';
import type { onStopSignals } from '../signals.ts';

/** Orchestrators kill after 10 s or more; the calls in flight are given up before. */
const FINISH_MS = 7_000;

export interface GracefulStop {
  /** Aborts with the first signal. */
  readonly signal: AbortSignal;
  /** Whether calls were given up because they took too long. */
  readonly gaveUp: boolean;
  /** Listens no more. */
  forget(): void;
}

export function stopGracefully(
  log: Log,
  {
    giveUp,
    release,
    listen,
  }: { readonly giveUp: () => void; readonly release: () => void; readonly listen: typeof onStopSignals },
): GracefulStop {
  const stop = new AbortController();
  let cancelDeadline = () => {};
  let gaveUp = false;
  const forget = listen({
    onFirst(signal) {
      log.info({ signal }, 'stopping: no new calls, those in flight are finished');
      cancelDeadline = systemClock.setTimer(FINISH_MS, () => {
        log.warn(
          {},
          `calls did not end within ${FINISH_MS / 1_000} s and are given up; the next start settles them`,
        );
        gaveUp = true;
        giveUp();
      });
      stop.abort(new Error(`stopped by ${signal}`));
    },
    onSecond(signal) {
      log.warn({ signal }, 'ending at once; the next start settles the calls in flight');
      release();
      process.exit(EXIT.interrupted);
    },
  });
  return {
    signal: stop.signal,
    get gaveUp() {
      return gaveUp;
    },
    forget() {
      cancelDeadline();
      forget();
    },
  };
}
