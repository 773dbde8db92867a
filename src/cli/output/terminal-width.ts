/** How wide a table may be. */
import type { CommandContext } from '../command.ts';

/** The characters of a line of the terminal; undefined where there is none, or where everything is asked for. */
export function terminalWidth({ io, globals }: Pick<CommandContext, 'io' | 'globals'>): number | undefined {
  return io.stdout.isTTY === true && globals.output !== 'wide' ? io.stdout.columns : undefined;
}
