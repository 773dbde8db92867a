/** One frame of the live demo. */

import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Finding } from '../../api/finding.ts';
import type { BindingVerdict } from '../../sinks/port.ts';
import { lineText } from '../output/finding-text.ts';
import type { Palette } from '../output/palette.ts';
import { table } from '../output/table.ts';
import { visible } from '../output/visible.ts';
import type { DemoEvent } from './event-log.ts';
import { SAMPLES, sampleFile } from './samples.ts';

export interface Frame {
  readonly verdicts: readonly BindingVerdict[];
  /** What is wrong in the files. */
  readonly findings: readonly Finding[];
  readonly events: readonly DemoEvent[];
  readonly url: string;
  readonly source: string;
  readonly stateDir: string;
  readonly calls: number;
  readonly columns: number;
  readonly rows: number;
  readonly palette: Palette;
}

const BAR_WIDTH = 16;
const HEADING = ['BINDING', 'REGION', 'READY', 'IN SYNC', '', 'ORDERED GROUPS'];
const SHOWN_FINDINGS = 3;
/** Lines that are neither bindings nor events. */
const FRAME_LINES = 12;

/** The lines of a frame, as many and as wide as the terminal shows. */
export function renderFrame(frame: Frame): string[] {
  const { palette, verdicts, events, columns, rows } = frame;
  const wrong = findingLines(frame);
  const instances = sum(verdicts.map((one) => one.instanceCount));
  const inSync = sum(verdicts.map((one) => one.inSyncCount));
  const state =
    inSync === instances ? palette.good('all in sync') : palette.changed(`${inSync}/${instances} in sync`);
  const place = join(frame.source, SAMPLES[0] === undefined ? '' : sampleFile(SAMPLES[0]));
  const room = Math.max(3, rows - verdicts.length - wrong.length - FRAME_LINES);
  const lines = [
    `${palette.strong('cvmsg demo')}  ${instances} instances, ${state}, ${frame.calls} calls to ${frame.url}`,
    '',
    ...table(
      HEADING,
      verdicts.map((verdict) => bindingRow(verdict, palette)),
    )
      .trimEnd()
      .split('\n'),
    '',
    ...wrong,
    palette.strong('Last events'),
    ...events.slice(-room).map((event) => eventLine(event, palette)),
    '',
    `${palette.note('Try it:')} swap two groups in ${place}`,
    `${palette.note('Ask it:')} cvmsg get --state-dir ${frame.stateDir}`,
    palette.faint('Somebody changes a list by hand now and then; the next check puts it back. Ctrl-C ends.'),
  ];
  return lines.slice(0, Math.max(1, rows - 1)).map((line) => cut(line, columns));
}

/** They stand until they are mended: an event would be gone after a few more. */
function findingLines({ findings, source, palette }: Frame): string[] {
  if (findings.length === 0) return [];
  const more = findings.length - SHOWN_FINDINGS;
  return [
    palette.bad('Not in force'),
    ...findings.slice(0, SHOWN_FINDINGS).map((finding) => palette.bad(visible(lineText(finding, source)))),
    ...(more > 0 ? [`and ${more} more; see \`cvmsg validate ${source}\``] : []),
    '',
  ];
}

function bindingRow(verdict: BindingVerdict, palette: Palette): string[] {
  const { key, scope, inSyncCount, instanceCount, sgIds, conditions } = verdict;
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

/** Cuts a line that the terminal would wrap; one that is cut loses its colours, which might not end otherwise. */
function cut(line: string, columns: number): string {
  const plain = stripVTControlCharacters(line);
  return plain.length <= columns ? line : `${plain.slice(0, columns - 1)}…`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
