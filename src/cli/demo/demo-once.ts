/** The demo that ends by itself: converge, make drift, show its repair. */

import { count, listText } from '../../core/text/words.ts';
import { systemClock } from '../../runtime/clock.ts';
import type { JournalRow } from '../../store/sqlite/journal-table.ts';
import type { CommandContext } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { bindingTable } from '../get/binding-table.ts';
import { diagnosticText } from '../output/diagnostic-text.ts';
import { NO_COLORS } from '../output/palette.ts';
import { table } from '../output/table.ts';
import type { DemoWorld } from './demo-world.ts';
import { driftTraffic } from './drift-traffic.ts';
import { addGroup, type Drift, reorder } from './make-drift.ts';

const LOOK_EVERY_MS = 25;
/** Each of the two waits takes a second or so. */
const LONGEST_WAIT_MS = 30_000;

export async function demoOnce(
  context: CommandContext,
  world: DemoWorld,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { io, palette } = context;
  const { board, simulator, journal, url, source } = world;
  const instances = [...simulator.state.instances()].length;
  io.stdout.write(`${count(instances, 'simulated instance')} at ${url}, bindings in ${source}\n\n`);
  const converged = await until(() => board.allInSync, world, signal);
  if (!converged) return giveUp(context, world, 'the fleet did not converge');
  const first = journal.query({ limit: 0 });
  io.stdout.write(
    `Converged: ${count(first.length, 'instance')} written in ${count(callsOf(first), 'call')}.\n`,
  );

  const drifts = makeDrift(world);
  const repairs = () =>
    drifts.map((drift) => ({ drift, row: repairOf(journal.query({ instanceId: drift.instanceId }), drift) }));
  const repaired = await until(
    () => repairs().every(({ row }) => row !== undefined) && board.allInSync,
    world,
    signal,
  );
  if (!repaired || drifts.length === 0) return giveUp(context, world, 'the drift was not repaired');
  io.stdout.write(`Drift made in ${count(drifts.length, 'instance')} and repaired:\n\n`);
  const rows = repairs().map(({ drift, row }) => [
    drift.instanceId,
    drift.what,
    palette.bad(listText(drift.made)),
    palette.good(listText(row?.observed ?? [])),
    `#${row?.id}`,
  ]);
  io.stdout.write(`${table(['INSTANCE', 'WHAT HAPPENED', 'WAS', 'NOW', 'JOURNAL'], rows)}\n`);
  io.stdout.write('What it had opened and closed until then:\n\n');
  for (const drift of drifts) {
    for (const line of await driftTraffic(world, drift, signal)) {
      io.stdout.write(`  ${drift.instanceId}  ${line}\n`);
    }
  }
  io.stdout.write(`\n${boardText(context, world)}`);
  if (board.diagnostics.length > 0) return tellDiagnostics(context, world);
  io.stdout.write(`\n${palette.good('All in sync.')}\n`);
  return EXIT.ok;
}

/** A reorder in one binding and an added group in another. */
function makeDrift({ board, simulator }: DemoWorld): Drift[] {
  const ordered = board.all().filter(({ sgIds }) => sgIds.length > 1);
  const [first] = ordered.at(-1)?.instances ?? [];
  const second = ordered[0]?.instances.at(-1);
  const drifts: Drift[] = [];
  if (first !== undefined) drifts.push(reorder(simulator, first.instanceId));
  if (second !== undefined && second !== first) drifts.push(addGroup(simulator, second.instanceId));
  return drifts;
}

/** The journal entry that put the list back, once it was read back. */
function repairOf(rows: readonly JournalRow[], { made }: Drift): JournalRow | undefined {
  return rows.find(
    ({ cause, before, after, observed }) =>
      cause === 'drift' && before.join() === made.join() && observed?.join() === after.join(),
  );
}

function callsOf(rows: readonly JournalRow[]): number {
  return new Set(rows.map(({ requestId }) => requestId)).size;
}

function boardText({ palette }: CommandContext, { board }: DemoWorld): string {
  const nowMs = systemClock.wall();
  return bindingTable(
    board.all().map((status) => ({ status, updatedMs: nowMs })),
    { palette, nowMs, wide: false },
  );
}

/** Instances may all be as declared, while a document that declares more is not valid. */
function tellDiagnostics({ io }: CommandContext, { board, source }: DemoWorld): ExitCode {
  for (const diagnostic of board.diagnostics) io.stderr.write(diagnosticText(diagnostic, NO_COLORS, source));
  const found = count(board.diagnostics.length, 'finding');
  io.stderr.write(`error: ${found} in "${source}"; what is said there is not in force\n`);
  return EXIT.error;
}

function giveUp(context: CommandContext, world: DemoWorld, words: string): ExitCode {
  context.io.stdout.write(boardText(context, world));
  for (const event of world.events.last(20)) context.io.stderr.write(`${event.level}: ${event.text}\n`);
  context.io.stderr.write(`error: ${words}\n`);
  return EXIT.error;
}

/** True when it came true in time. Rejects when the controller ends or the signal aborts. */
async function until(look: () => boolean, world: DemoWorld, signal: AbortSignal): Promise<boolean> {
  const giveUpAtMs = systemClock.now() + LONGEST_WAIT_MS;
  while (!look()) {
    if (systemClock.now() > giveUpAtMs) return false;
    await Promise.race([systemClock.sleep(LOOK_EVERY_MS, signal), world.running]);
  }
  return true;
}
