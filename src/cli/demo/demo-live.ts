/** The demo on a terminal: a table that is redrawn, with drift made now and then, until Ctrl-C. */

import { listText } from '../../core/text/words.ts';
import { systemClock } from '../../runtime/clock.ts';
import { systemRandom } from '../../runtime/random.ts';
import type { CommandContext } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { programName } from '../output/program-name.ts';
import { renderFrame } from './demo-screen.ts';
import type { DemoWorld } from './demo-world.ts';
import { driftTraffic } from './drift-traffic.ts';
import { someDrift } from './make-drift.ts';

const FRAME_EVERY_MS = 200;
const DRIFT_EVERY_MS = 6_000;

/** To the other screen without a cursor, and back. */
const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE_END = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

export async function demoLive(
  context: CommandContext,
  world: DemoWorld,
  options: { readonly speed: number; readonly signal: AbortSignal },
): Promise<ExitCode> {
  const { stdout } = context.io;
  const driftEveryMs = DRIFT_EVERY_MS / options.speed;
  let driftAtMs = systemClock.now() + driftEveryMs;
  stdout.write(ENTER);
  try {
    while (!options.signal.aborted) {
      const nowMs = systemClock.now();
      if (nowMs >= driftAtMs) {
        driftAtMs = nowMs + driftEveryMs;
        await makeDrift(world, options.signal);
      }
      const lines = renderFrame(frameOf(context, world));
      stdout.write(HOME + lines.map((line) => `${line}${CLEAR_LINE_END}\r\n`).join('') + CLEAR_BELOW);
      const pause = systemClock.sleep(FRAME_EVERY_MS, options.signal).catch(() => {});
      await Promise.race([pause, world.running]);
    }
  } finally {
    stdout.write(LEAVE);
  }
  stdout.write('The demo has ended; its temporary folder is removed.\n');
  return EXIT.ok;
}

/** Makes drift, and tells it with what it opens and closes. */
async function makeDrift(world: DemoWorld, signal: AbortSignal): Promise<void> {
  const { simulator, board, events } = world;
  const drift = someDrift(simulator, board.all(), systemRandom);
  if (drift === undefined) return;
  events.warn({}, `${drift.instanceId}: ${drift.what}, now ${listText(drift.made)}`);
  // It rejects only when the demo ends.
  const lines = await driftTraffic(world, drift, signal).catch((): string[] => []);
  for (const line of lines) events.warn({}, `${drift.instanceId}: ${line}`);
}

function frameOf({ io, palette }: CommandContext, world: DemoWorld) {
  const { board, events, url, source, stateDir, simulator } = world;
  return {
    statuses: board.all(),
    diagnostics: board.diagnostics,
    events: events.last(50),
    url,
    source,
    stateDir,
    program: programName(io),
    calls: Object.values(simulator.calls.counts()).reduce((sum, { calls }) => sum + calls, 0),
    columns: io.stdout.columns ?? 100,
    rows: io.stdout.rows ?? 40,
    palette,
  };
}
