/** Many bindings that were declared anew while no controller ran. */
import { systemClock } from '../../src/runtime/clock.ts';
import type { CallSummary } from '../children/simulator.ts';
import { count, seconds, type Taken } from '../row.ts';
import type { Declared } from '../workload.ts';
import type { OperatorWorld } from './operator-world.ts';
import type { Running } from './running.ts';

export interface ConvergenceOptions {
  /** The list that all get, and none has. */
  readonly list: readonly string[];
  readonly start: () => Promise<Running>;
}

/** Gives all of them one list, starts a controller and waits for the last status. Every object must be Ready before. */
export async function convergence(
  world: OperatorWorld,
  changed: readonly Declared[],
  { list, start }: ConvergenceOptions,
): Promise<Taken<'writeMs' | 'readyMs' | 'writes' | 'statusWrites'>> {
  const all = world.documents.length;
  await world.declareAll(changed, list);
  // Once the watch has told of every change, none counts that was Ready for what it declared before.
  while (world.ready() > all - changed.length) await systemClock.sleep(20);
  await world.simulator.ask('clear');
  const startedMs = systemClock.now();
  const running = await start();
  const readyMs = (await world.untilReady(all)) - startedMs;
  const { lastAppliedMs, writes } = await world.simulator.ask<CallSummary>('summary');
  const writeMs = lastAppliedMs - startedMs;
  const statusWrites = await running.statusWrites();
  await running.stop();
  return {
    what: `start -> ${count(changed.length)} drifted converged to one list among ${count(all)}: last write / every status Ready`,
    measured: `${seconds(writeMs)} / ${seconds(readyMs)}, ${writes} cloud writes, ${statusWrites} status writes`,
    values: { writeMs, readyMs, writes, statusWrites },
  };
}
