/** The demo on a terminal: a table that is redrawn, with drift made now and then, until Ctrl-C. */

import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { totalsText } from '../../core/text/totals-text.ts';
import { visible } from '../../core/text/visible.ts';
import { listText } from '../../core/text/words.ts';
import { lineText } from '../../manager/logging/diagnostic-line.ts';
import type { BindingStatus } from '../../ports/status.ts';
import { systemClock } from '../../runtime/clock.ts';
import { systemRandom } from '../../runtime/random.ts';
import type { CommandContext } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { createLogger } from '../logging/logger.ts';
import type { Palette } from '../output/palette.ts';
import { programName } from '../output/program-name.ts';
import { table } from '../output/table.ts';
import { SAMPLES, sampleFile } from './demo-fleet.ts';
import { someDrift, trafficOf } from './make-drift.ts';
import { type Demo, type DemoReading, readDemo } from './open-demo.ts';

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

// One frame of the live demo.

export interface Frame
  extends Omit<DemoReading, 'bindings'>,
    Pick<Demo, 'events' | 'url' | 'source' | 'stateDir'> {
  /** How the program is started where the demo was. */
  readonly program: string;
  readonly calls: number;
  readonly columns: number;
  readonly rows: number;
  readonly palette: Palette;
}

const BAR_WIDTH = 16;
const HEADING = ['BINDING', 'REGION', 'READY', 'IN SYNC', '', 'ORDERED GROUPS'];
const SHOWN_DIAGNOSTICS = 3;

/** The lines of a frame, as many and as wide as the terminal shows. */
export function renderFrame(frame: Frame): string[] {
  const { palette, statuses, events, columns, rows, source } = frame;
  const state = (frame.allInSync ? palette.good : palette.changed)(totalsText(statuses));
  const [place = source] = SAMPLES.map((sample) => join(source, sampleFile(sample)));
  // What can be copied is wrapped, never cut, and stands there however low the terminal is.
  const hints = [
    `${palette.note('Try it:')} swap two groups in ${place}`,
    `${palette.note('Ask it:')} ${frame.program} get --state-dir ${frame.stateDir}`,
    palette.faint('Somebody changes a list by hand now and then; the next check puts it back. Ctrl-C ends.'),
  ].flatMap((line) => wrap(line, columns));
  const bindings = statuses.map((status) => bindingRow(status, palette));
  const above = [
    `${palette.strong('cvmsg demo')}  ${state}; ${frame.calls} calls to ${frame.url}`,
    '',
    ...table(HEADING, bindings).trimEnd().split('\n'),
    '',
    ...diagnosticLines(frame),
    palette.strong('Last events'),
  ];
  const height = Math.max(1, rows - 2 - hints.length);
  const told = events.slice(-Math.max(3, height - above.length)).map((line) => eventLine(line, palette));
  const shown = [...above, ...told].slice(0, height).map((line) => cut(line, columns));
  return [...shown, '', ...hints].slice(0, Math.max(1, rows - 1));
}

/** They stand until they are mended: an event would be gone after a few more. */
function diagnosticLines({ diagnostics, source, palette, program }: Frame): string[] {
  if (diagnostics.length === 0) return [];
  const more = diagnostics.length - SHOWN_DIAGNOSTICS;
  return [
    palette.bad('Not in force'),
    ...diagnostics
      .slice(0, SHOWN_DIAGNOSTICS)
      .map((diagnostic) => palette.bad(visible(lineText(diagnostic, source)))),
    ...(more > 0 ? [`and ${more} more; see \`${program} validate ${source}\``] : []),
    '',
  ];
}

function bindingRow(status: BindingStatus, palette: Palette): string[] {
  const { key, scope, inSyncCount, instanceCount, sgIds, conditions } = status;
  const ready = conditions.find(({ type }) => type === 'Ready')?.status === 'True';
  const filled = instanceCount === 0 ? 0 : Math.floor((inSyncCount / instanceCount) * BAR_WIDTH);
  const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
  return [
    key,
    scope.region,
    ready ? palette.good('yes') : palette.changed('no'),
    ready ? palette.good(bar) : palette.changed(bar),
    `${inSyncCount}/${instanceCount}`,
    sgIds.join(' > '),
  ];
}

/** A line of the log; what it holds beside its sentence is for programs. */
function eventLine(line: string, palette: Palette): string {
  const { time, level, msg } = JSON.parse(line) as { time: string; level: string; msg: string };
  const text = visible(msg);
  const paint = { error: palette.bad, warn: palette.changed }[level];
  const good = (words: string) => (words.includes('repaired') ? palette.good(words) : words);
  return `${palette.faint(new Date(time).toTimeString().slice(0, 8))} ${(paint ?? good)(text)}`;
}

/** A line in as many as the terminal needs; one that is wrapped loses its colours. */
function wrap(line: string, columns: number): string[] {
  const plain = stripVTControlCharacters(line);
  if (plain.length <= columns) return [line];
  return Array.from({ length: Math.ceil(plain.length / columns) }, (_, index) =>
    plain.slice(index * columns, (index + 1) * columns),
  );
}

/** Cuts a line that the terminal would wrap; one that is cut loses its colours, which might not end otherwise. */
function cut(line: string, columns: number): string {
  const plain = stripVTControlCharacters(line);
  return plain.length <= columns ? line : `${plain.slice(0, columns - 1)}…`;
}
