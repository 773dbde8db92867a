/** Log lines on stderr: pretty on a terminal, JSON elsewhere. */
import { type Logger, pino, stdTimeFunctions } from 'pino';
import type { CommandContext } from '../commands/command.ts';
import { paletteFor } from '../output/palette.ts';
import { prettyLine } from './pretty-line.ts';

/** Commands that run until they are stopped say what goes on; the others only what is wrong. */
const TALKATIVE = new Set(['run', 'simulate']);

export function createLogger(context: Pick<CommandContext, 'command' | 'io' | 'globals'>): Logger {
  const { io, globals } = context;
  const pretty = globals.logFormat === 'auto' ? io.stderr.isTTY === true : globals.logFormat === 'pretty';
  const palette = paletteFor(io.stderr, io, globals);
  const write = (line: string) => io.stderr.write(pretty ? prettyLine(line, palette) : line);
  return pino(
    {
      level: globals.logLevel ?? (TALKATIVE.has(context.command) ? 'info' : 'warn'),
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write },
  );
}
