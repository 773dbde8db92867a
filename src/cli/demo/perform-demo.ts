/** `cvmsg demo`: everything in one process. */
import type { CommandContext, CommandInput } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { Flag } from '../flags/flag.ts';
import { onStopSignals } from '../signals.ts';
import { demoLive } from './demo-live.ts';
import { demoOnce } from './demo-once.ts';
import { openDemoWorld } from './demo-world.ts';

type DemoFlags = {
  readonly once: Flag<boolean>;
  readonly source: Flag<string | undefined>;
  readonly speed: Flag<number>;
};

/** Drift is to be seen before it is repaired, except where nobody watches. */
const WATCHED_CHECK_MS = 2_500;
const UNWATCHED_CHECK_MS = 500;

export async function performDemo(
  context: CommandContext,
  { flags }: CommandInput<DemoFlags>,
): Promise<ExitCode> {
  const live = !flags.once && context.io.stdout.isTTY === true;
  const stop = new AbortController();
  const forget = onStopSignals({
    onFirst: () => stop.abort(new Error('interrupted')),
    onSecond: () => process.exit(EXIT.interrupted),
  });
  try {
    const checkEveryMs = live ? WATCHED_CHECK_MS : UNWATCHED_CHECK_MS;
    await using world = await openDemoWorld(context, { source: flags.source, checkEveryMs });
    if (live) return await demoLive(context, world, { speed: flags.speed, signal: stop.signal });
    return await demoOnce(context, world, stop.signal);
  } catch (error) {
    if (stop.signal.aborted) return EXIT.interrupted;
    throw error;
  } finally {
    forget();
  }
}
