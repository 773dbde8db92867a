/**
 * `node scripts/demo-picture.ts`: runs `cvmsg demo --once` and draws what it prints, as a terminal shows it, into
 * docs/images/demo.svg. Nothing is drawn that the demo did not print, but for the line with the command.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Io } from '../src/cli/io.ts';
import { runCli } from '../src/cli/run-process.ts';

export const DEMO_PICTURE = fileURLToPath(new URL('../docs/images/demo.svg', import.meta.url));

const COLUMNS = 132;
const COLUMN_WIDTH = 7.2;
const LINE_HEIGHT = 17;
const MARGIN = 18;
const PROMPT = '$ ';
const ARGS = ['demo', '--once'];

/** What SGR codes of the palette look like; each has a contrast of 7 to 1 or more on the ground of the picture. */
const STYLES: Readonly<Record<string, string>> = {
  '1': 'font-weight: bold; fill: #ffffff',
  '2': 'fill: #b1bac4',
  '31': 'fill: #ffa198',
  '32': 'fill: #7ee787',
  '33': 'fill: #f2cc60',
  '36': 'fill: #79c0ff',
};

/** Runs the demo on a terminal with colours. @throws Error when it does not end with everything in sync. */
export async function demoOutput(): Promise<string> {
  const written: string[] = [];
  const stream = { isTTY: true, columns: COLUMNS, write: (text: string) => written.push(text) };
  const io: Io = { stdout: stream, stderr: stream, stdin: process.stdin, env: {} };
  const code = await runCli(ARGS, io);
  const output = written.join('');
  if (code !== 0) throw new Error(`cvmsg ${ARGS.join(' ')} ended with ${code}:\n${output}`);
  return output;
}

/** A terminal with the command and its output, as SVG that needs no font of its own. */
export function drawTerminal(output: string): string {
  const lines = `${PROMPT}cvmsg ${ARGS.join(' ')}\n${output}`.trimEnd().split('\n').flatMap(wrapped);
  const width = Math.ceil(COLUMNS * COLUMN_WIDTH + 2 * MARGIN);
  const height = lines.length * LINE_HEIGHT + 2 * MARGIN;
  const styles = Object.entries(STYLES).map(([code, style]) => `    .s${code} { ${style} }`);
  const drawn = lines.map((runs, index) => drawnLine(runs, MARGIN + (index + 0.75) * LINE_HEIGHT));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    '  <title>What cvmsg demo --once prints</title>',
    '  <style>',
    "    text { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: #e6edf3; white-space: pre }",
    ...styles,
    '  </style>',
    `  <rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="#0d1117" stroke="#6e7681"/>`,
    ...drawn.filter((line) => line !== ''),
    '</svg>',
    '',
  ].join('\n');
}

/** Text of one colour, from a column on. */
interface Run {
  readonly column: number;
  readonly style: string;
  readonly text: string;
}

/** The lines that a terminal makes of one line with colours. */
function wrapped(line: string): Run[][] {
  const lines: Run[][] = [[]];
  let style = '';
  let column = 0;
  for (const [index, piece] of line.split('\u001b[').entries()) {
    const [, code = '', text = ''] = index === 0 ? ['', '', piece] : (/^(\d+)m(.*)$/.exec(piece) ?? []);
    style = code in STYLES ? code : '';
    for (let rest = text; rest !== ''; ) {
      if (column === COLUMNS) {
        lines.push([]);
        column = 0;
      }
      const part = rest.slice(0, COLUMNS - column);
      lines.at(-1)?.push({ column, style, text: part });
      column += part.length;
      rest = rest.slice(part.length);
    }
  }
  return lines;
}

/** Words stand where a terminal has them, whatever font the reader has: gaps of a table are not drawn. */
function drawnLine(runs: readonly Run[], y: number): string {
  const words = runs.flatMap(({ column, style, text }) =>
    [...text.matchAll(/\S+(?: \S+)*/g)].map((match) => ({
      column: column + match.index,
      style,
      text: match[0],
    })),
  );
  const spans = words.map(({ column, style, text }) => {
    const place = `x="${rounded(MARGIN + column * COLUMN_WIDTH)}" textLength="${rounded(text.length * COLUMN_WIDTH)}"`;
    return `<tspan ${place}${style === '' ? '' : ` class="s${style}"`}>${escaped(text)}</tspan>`;
  });
  return spans.length === 0 ? '' : `  <text y="${rounded(y)}">${spans.join('')}</text>`;
}

const rounded = (length: number) => String(Math.round(length * 10) / 10);

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(dirname(DEMO_PICTURE), { recursive: true });
  writeFileSync(DEMO_PICTURE, drawTerminal(await demoOutput()));
}
