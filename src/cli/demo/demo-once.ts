/** The demo that ends by itself: converge, make drift, show its repair. */
import { count, listText } from '../../core/text/words.ts';
import { systemClock } from '../../runtime/clock.ts';
import { JournalTable } from '../../store/sqlite/journal-table.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { bindingTable } from '../get/binding-table.ts';
import { prettyLine } from '../logging/pretty-line.ts';
import { diagnosticText } from '../output/diagnostic-text.ts';
import { NO_COLORS } from '../output/palette.ts';
import { table } from '../output/table.ts';
import { type Drift, makeDrift, trafficOf } from './make-drift.ts';
import { type Demo, readDemo } from './open-demo.ts';

const LOOK_EVERY_MS = 25;
/** Each of the two waits takes a second or so. */
const LONGEST_WAIT_MS = 30_000;

/** Rejects when the controller ends or the signal aborts. @throws CliError when the fleet does not come in sync, or documents are not in force. */
export async function demoOnce(
  { io, palette }: CommandContext,
  demo: Demo,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { simulator, source } = demo;
  const print = (text: string) => io.stdout.write(text);
  const showBindings = () =>
    print(bindingTable(readDemo(demo).bindings, { palette, nowMs: systemClock.wall(), wide: false }));
  const waitFor = async (isSo: () => boolean, otherwise: string) => {
    const giveUpAtMs = systemClock.now() + LONGEST_WAIT_MS;
    while (!isSo()) {
      await Promise.race([systemClock.sleep(LOOK_EVERY_MS, signal), demo.running]);
      if (systemClock.now() < giveUpAtMs) continue;
      showBindings();
      for (const line of demo.events.slice(-20)) io.stderr.write(prettyLine(line, NO_COLORS));
      throw new CliError(otherwise);
    }
  };
  const instances = count([...simulator.state.instances()].length, 'simulated instance');
  print(`${instances} at ${demo.url}, bindings in ${source}\n\n`);
  await waitFor(() => readDemo(demo).allInSync, 'the fleet did not converge');
  const journal = new JournalTable(demo.file.database, { clock: systemClock, actor: 'reader' });
  const first = journal.query({ limit: 0 });
  const calls = new Set(first.map(({ requestId }) => requestId)).size;
  print(`Converged: ${count(first.length, 'instance')} written in ${count(calls, 'call')}.\n`);

  const drifts = driftOfBothKinds(demo);
  const repairs = () => drifts.map((drift) => ({ drift, row: repairOf(journal, drift) }));
  const isRepaired = () => drifts.length > 0 && repairs().every(({ row }) => row) && readDemo(demo).allInSync;
  await waitFor(isRepaired, 'the drift was not repaired');
  print(`Drift made in ${count(drifts.length, 'instance')} and repaired:\n\n`);
  const rows = repairs().map(({ drift: { instanceId, what, made }, row }) => {
    const lists = [palette.bad(listText(made)), palette.good(listText(row?.observed ?? []))];
    return [instanceId, what, ...lists, `#${row?.id}`];
  });
  print(`${table(['INSTANCE', 'WHAT HAPPENED', 'WAS', 'NOW', 'JOURNAL'], rows)}\n`);
  print('What it had opened and closed until then:\n\n');
  for (const drift of drifts) {
    for (const line of await trafficOf(demo, drift, signal)) print(`  ${drift.instanceId}${line}\n`);
  }
  print('\n');
  showBindings();
  const { diagnostics } = readDemo(demo);
  if (diagnostics.length > 0) {
    for (const one of diagnostics) io.stderr.write(diagnosticText(one, NO_COLORS, source));
    const found = count(diagnostics.length, 'finding');
    throw new CliError(`${found} in "${source}"; what is said there is not in force`);
  }
  print(`\n${palette.good('All in sync.')}\n`);
  return EXIT.ok;
}

/** A reorder in one binding and an added group in another. */
function driftOfBothKinds(demo: Demo): Drift[] {
  const ordered = readDemo(demo).statuses.filter(({ sgIds }) => sgIds.length > 1);
  const [first, second] = [ordered.at(-1)?.instances[0], ordered[0]?.instances.at(-1)];
  const made = first ? [makeDrift(demo.simulator, first.instanceId, 'order changed by hand')] : [];
  if (second === undefined || second === first) return made;
  return [...made, makeDrift(demo.simulator, second.instanceId, 'group added by hand')];
}

/** The journal entry that put the list back, once it was read back. */
const repairOf = (journal: JournalTable, { instanceId, made }: Drift) =>
  journal
    .query({ instanceId })
    .find(
      ({ cause, before, after, observed }) =>
        cause === 'drift' && before.join() === made.join() && observed?.join() === after.join(),
    );
