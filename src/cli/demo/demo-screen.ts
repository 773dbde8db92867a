/** One frame of the live demo. */

import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Diagnostic } from '../../api/diagnostic.ts';
import { visible } from '../../core/text/visible.ts';
import { lineText } from '../../manager/logging/diagnostic-line.ts';
import type { BindingStatus } from '../../ports/status.ts';
import type { Palette } from '../output/palette.ts';
import { table } from '../output/table.ts';
import { SAMPLES, sampleFile } from './demo-fleet.ts';
import type { DemoEvent } from './event-log.ts';

export interface Frame {
  readonly statuses: readonly BindingStatus[];
  /** What is wrong in the files. */
  readonly diagnostics: readonly Diagnostic[];
  readonly events: readonly DemoEvent[];
  readonly url: string;
  readonly source: string;
  readonly stateDir: string;
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
/** Lines that are neither bindings nor events. */
const FRAME_LINES = 9;

/** The lines of a frame, as many and as wide as the terminal shows. */
export function renderFrame(frame: Frame): string[] {
  const { palette, statuses, events, columns, rows } = frame;
  const wrong = diagnosticLines(frame);
  const instances = sum(statuses.map((one) => one.instanceCount));
  const inSync = sum(statuses.map((one) => one.inSyncCount));
  const state =
    inSync === instances ? palette.good('all in sync') : palette.changed(`${inSync}/${instances} in sync`);
  const place = join(frame.source, SAMPLES[0] === undefined ? '' : sampleFile(SAMPLES[0]));
  // What can be copied is wrapped, never cut, and stands there however low the terminal is.
  const hints = [
    `${palette.note('Try it:')} swap two groups in ${place}`,
    `${palette.note('Ask it:')} ${frame.program} get --state-dir ${frame.stateDir}`,
    palette.faint('Somebody changes a list by hand now and then; the next check puts it back. Ctrl-C ends.'),
  ].flatMap((line) => wrap(line, columns));
  const room = Math.max(3, rows - statuses.length - wrong.length - hints.length - FRAME_LINES);
  const lines = [
    `${palette.strong('cvmsg demo')}  ${instances} instances, ${state}, ${frame.calls} calls to ${frame.url}`,
    '',
    ...table(
      HEADING,
      statuses.map((status) => bindingRow(status, palette)),
    )
      .trimEnd()
      .split('\n'),
    '',
    ...wrong,
    palette.strong('Last events'),
    ...events.slice(-room).map((event) => eventLine(event, palette)),
  ];
  const above = lines.slice(0, Math.max(1, rows - 2 - hints.length)).map((line) => cut(line, columns));
  return [...above, '', ...hints].slice(0, Math.max(1, rows - 1));
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

function eventLine({ atMs, level, text }: DemoEvent, palette: Palette): string {
  const time = palette.faint(new Date(atMs).toTimeString().slice(0, 8));
  if (level === 'error') return `${time} ${palette.bad(text)}`;
  if (level === 'warn') return `${time} ${palette.changed(text)}`;
  return `${time} ${text.includes('repaired') ? palette.good(text) : text}`;
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

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
