/** Log lines on stderr: pretty on a terminal, JSON elsewhere. */
import { type Logger, pino, stdTimeFunctions } from 'pino';
import type { CommandContext } from '../command.ts';
import { paletteFor } from '../output/palette.ts';
import { prettyLine } from './pretty-line.ts';

/** Commands that run until they are stopped say what goes on; the others only what is wrong. */
const TALKATIVE = new Set(['run', 'simulate']);

/** Commands that show progress, which log lines stand for where there is no terminal. */
const PROGRESSING = new Set(['apply', 'export']);

/** Progress is drawn in one line on a terminal; a log line takes its place. */
const CLEAR_LINE = '\r\u001b[2K';

export function createLogger(context: Pick<CommandContext, 'command' | 'io' | 'globals'>): Logger {
  const { io, globals } = context;
  const pretty = globals.logFormat === 'auto' ? io.stderr.isTTY === true : globals.logFormat === 'pretty';
  const palette = paletteFor(io.stderr, io, globals);
  const terminal = io.stderr.isTTY === true;
  const progressing = PROGRESSING.has(context.command);
  const clear = progressing && terminal ? CLEAR_LINE : '';
  const write = (line: string) => io.stderr.write(clear + (pretty ? prettyLine(line, palette) : line));
  const talkative = TALKATIVE.has(context.command) || (progressing && !terminal);
  return pino(
    {
      level: globals.logLevel ?? (talkative ? 'info' : 'warn'),
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write },
  );
}
