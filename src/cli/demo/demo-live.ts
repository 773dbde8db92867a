/** The demo on a terminal: a table that is redrawn, with drift made now and then, until Ctrl-C. */
import { listText } from '../../core/text/words.ts';
import { systemClock } from '../../runtime/clock.ts';
import { systemRandom } from '../../runtime/random.ts';
import type { CommandContext } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { createLogger } from '../logging/logger.ts';
import { programName } from '../output/program-name.ts';
import { renderFrame } from './demo-screen.ts';
import { someDrift, trafficOf } from './make-drift.ts';
import { type Demo, readDemo } from './open-demo.ts';

const FRAME_EVERY_MS = 200;
const DRIFT_EVERY_MS = 6_000;

/** To the other screen without a cursor, and back. */
const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE_END = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

export async function demoLive(
  { io, palette }: CommandContext,
  demo: Demo,
  { speed, signal }: { readonly speed: number; readonly signal: AbortSignal },
): Promise<ExitCode> {
  const { stdout } = io;
  const { simulator, asRun } = demo;
  // What somebody does at the console stands between what the controller says.
  const log = createLogger(asRun);
  const program = programName(io);
  const driftEveryMs = DRIFT_EVERY_MS / speed;
  let driftAtMs = systemClock.now() + driftEveryMs;
  stdout.write(ENTER);
  try {
    while (!signal.aborted) {
      const reading = readDemo(demo);
      const nowMs = systemClock.now();
      if (nowMs >= driftAtMs) {
        driftAtMs = nowMs + driftEveryMs;
        const drift = someDrift(simulator, reading.statuses, systemRandom);
        if (drift) log.warn(`${drift.instanceId}: ${drift.what}, now ${listText(drift.made)}`);
        // It rejects only when the demo ends.
        const traffic = drift && (await trafficOf(demo, drift, signal).catch(() => []));
        for (const line of traffic ?? []) log.warn(`${drift?.instanceId}:${line.slice(1)}`);
      }
      const calls = Object.values(simulator.calls.counts()).reduce((sum, one) => sum + one.calls, 0);
      const { columns = 100, rows = 40 } = stdout;
      const lines = renderFrame({ ...demo, ...reading, program, calls, columns, rows, palette });
      stdout.write(HOME + lines.map((line) => `${line}${CLEAR_LINE_END}\r\n`).join('') + CLEAR_BELOW);
      const pause = systemClock.sleep(FRAME_EVERY_MS, signal).catch(() => {});
      await Promise.race([pause, demo.running]);
    }
  } finally {
    stdout.write(LEAVE);
  }
  stdout.write('The demo has ended; its temporary folder is removed.\n');
  return EXIT.ok;
}
