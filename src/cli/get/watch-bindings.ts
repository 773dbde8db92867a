/** `cvmsg get --watch`: the table, and then a line for each binding that reads differently. */
import { type BindingKey, partsOf } from '../../api/ids.ts';
import { systemClock } from '../../runtime/clock.ts';
import type { CommandContext } from '../command.ts';
import { columnsOf, tableLine } from '../output/table.ts';
import { terminalWidth } from '../output/terminal-width.ts';
import {
  attentionFirst,
  type BindingTableView,
  bindingHeading,
  bindingRow,
  CUT_COLUMNS,
} from './binding-table.ts';
import type { ReadBinding } from './read-bindings.ts';

/** A state file is looked at more often than an API server is asked. */
const POLL_MS = { state: 500, cluster: 2_000 };

export interface WatchOptions {
  readonly read: () => Promise<readonly ReadBinding[]>;
  readonly inCluster: boolean;
  readonly signal: AbortSignal;
}

/** Ends when the signal aborts. */
export async function watchBindings(context: CommandContext, options: WatchOptions): Promise<void> {
  const { io, palette, globals } = context;
  const wide = globals.output === 'wide';
  const view = (): BindingTableView => ({ palette, nowMs: systemClock.wall(), wide });
  const heading = bindingHeading({ wide });
  const first = attentionFirst(await options.read());
  const rows = first.map((binding) => bindingRow(binding, view()));
  const columns = columnsOf(heading, rows, { width: terminalWidth(context), cuts: CUT_COLUMNS });
  io.stdout.write([heading, ...rows].map((row) => tableLine(row, columns)).join(''));
  let reported = textsOf(first, view());
  while (!options.signal.aborted) {
    await systemClock.sleep(POLL_MS[options.inCluster ? 'cluster' : 'state'], options.signal).catch(() => {});
    if (options.signal.aborted) return;
    const now = view();
    const present = await options.read();
    const texts = textsOf(present, now);
    for (const binding of present) {
      const { key } = binding.status;
      if (reported.get(key) === texts.get(key)) continue;
      io.stdout.write(tableLine(bindingRow(binding, now), columns));
    }
    for (const key of reported.keys()) {
      if (texts.has(key)) continue;
      const { namespace, name } = partsOf(key as BindingKey);
      io.stdout.write(tableLine([namespace, name, 'gone'], columns));
    }
    reported = texts;
  }
}

/** What each line says but for the age, which changes by itself. */
function textsOf(bindings: readonly ReadBinding[], view: BindingTableView): Map<string, string> {
  const age = bindingHeading(view).indexOf('AGE');
  return new Map(
    bindings.map((binding) => [binding.status.key, bindingRow(binding, view).toSpliced(age, 1).join('\0')]),
  );
}
