/** How much of a history is shown, and how. */

import { thousands } from '../../core/text/words.ts';
import type { CommandContext } from '../command.ts';
import { terminalWidth } from '../output/terminal-width.ts';
import type { HistoryView } from './history-table.ts';

export function historyView(context: CommandContext): HistoryView {
  return { width: terminalWidth(context), wide: context.globals.output === 'wide' };
}

/** Says on stderr when there is more than was shown, so that output for programs stays whole. */
export function tellRest(
  { io }: CommandContext,
  { shown, all, what }: { readonly shown: number; readonly all: number; readonly what: string },
): void {
  if (shown === all) return;
  io.stderr.write(
    `the newest ${thousands(shown)} of ${thousands(all)} ${what}; --limit 0 shows all, --since 2h those of the last two hours\n`,
  );
}

/** @param limit 0 for all. */
export function limited<T>(all: readonly T[], limit: number): readonly T[] {
  return limit === 0 ? all : all.slice(0, limit);
}
