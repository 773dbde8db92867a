/** `cvmsg demo`: everything in one process. */
import type { CommandContext } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { onStopSignals } from '../signals.ts';
import { demoLive } from './demo-live.ts';
import { demoOnce } from './demo-once.ts';
import { openDemo } from './open-demo.ts';

/** Drift is to be seen before it is repaired, except where nobody watches. */
const WATCHED_CHECK_MS = 2_500;
const UNWATCHED_CHECK_MS = 300;

export async function performDemo(
  context: CommandContext,
  {
    flags,
  }: {
    readonly flags: { readonly once: boolean; readonly source: string | undefined; readonly speed: number };
  },
): Promise<ExitCode> {
  const live = !flags.once && context.io.stdout.isTTY === true;
  const stop = new AbortController();
  const { signal } = stop;
  const forget = onStopSignals({
    onFirst: () => stop.abort(new Error('interrupted')),
    onSecond: () => process.exit(EXIT.interrupted),
  });
  try {
    const checkEveryMs = live ? WATCHED_CHECK_MS : UNWATCHED_CHECK_MS;
    await using demo = await openDemo(context, { source: flags.source, checkEveryMs });
    return await (live
      ? demoLive(context, demo, { speed: flags.speed, signal })
      : demoOnce(context, demo, signal));
  } catch (error) {
    if (signal.aborted) return EXIT.interrupted;
    throw error;
  } finally {
    forget();
  }
}
