/** Ctrl-C for commands that write: the first lets the calls in flight finish, the second ends at once. */
import type { CommandContext } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { onStopSignals } from '../signals.ts';

export interface Interruption {
  /** Aborts with the first signal. */
  readonly signal: AbortSignal;
  /** Takes what gives up the calls in flight; called with the second signal. */
  readonly onStart: (giveUp: () => void) => void;
}

export async function interruptible(
  { io }: CommandContext,
  work: (interruption: Interruption) => Promise<ExitCode>,
): Promise<ExitCode> {
  const stop = new AbortController();
  let giveUp = () => {};
  const forget = onStopSignals({
    onFirst: () => stop.abort(new Error('interrupted')),
    onSecond: () => {
      giveUp();
      process.exit(EXIT.interrupted);
    },
  });
  try {
    return await work({
      signal: stop.signal,
      onStart: (callback) => {
        giveUp = callback;
      },
    });
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    io.stderr.write('interrupted; nothing was written\n');
    return EXIT.interrupted;
  } finally {
    forget();
  }
}
