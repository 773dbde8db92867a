/** One frame of the live demo. */

import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { totalsText } from '../../core/text/totals-text.ts';
import { visible } from '../../core/text/visible.ts';
import { lineText } from '../../manager/logging/diagnostic-line.ts';
import type { BindingStatus } from '../../ports/status.ts';
import type { Palette } from '../output/palette.ts';
import { table } from '../output/table.ts';
import { SAMPLES, sampleFile } from './demo-fleet.ts';
import type { Demo, DemoReading } from './open-demo.ts';

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
