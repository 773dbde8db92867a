/** What somebody at the console does to an instance. */

import type { BindingStatus } from '../../ports/status.ts';
import type { Random } from '../../runtime/random.ts';
import type { Simulator } from '../../simulator/simulator.ts';
import { FOREIGN_GROUP } from './demo-fleet.ts';

export interface Drift {
  readonly instanceId: string;
  readonly what: string;
  readonly was: readonly string[];
  readonly made: readonly string[];
}

/** Turns the first two groups of an instance round. */
export function reorder(simulator: Simulator, instanceId: string): Drift {
  const was = simulator.state.list(instanceId);
  const [first = '', second = '', ...rest] = was;
  return change(simulator, {
    instanceId,
    what: 'order changed by hand',
    was,
    made: [second, first, ...rest],
  });
}

/** Adds a group that nobody declared. */
export function addGroup(simulator: Simulator, instanceId: string): Drift {
  const was = simulator.state.list(instanceId);
  return change(simulator, { instanceId, what: 'group added by hand', was, made: [FOREIGN_GROUP, ...was] });
}

/** Drift of either kind on some instance that is in sync; undefined when there is none to take. */
export function someDrift(
  simulator: Simulator,
  statuses: readonly BindingStatus[],
  random: Random,
): Drift | undefined {
  const calm = statuses
    .filter(({ sgIds }) => sgIds.length > 1)
    .flatMap(({ instances }) => instances.filter(({ state }) => state === 'InSync'))
    .filter(({ instanceId }) => simulator.state.instance(instanceId) !== undefined);
  const victim = calm[Math.floor(random.next() * calm.length)];
  if (victim === undefined) return undefined;
  return random.next() < 0.6 ? reorder(simulator, victim.instanceId) : addGroup(simulator, victim.instanceId);
}

function change(simulator: Simulator, drift: Drift): Drift {
  simulator.state.setList(drift.instanceId, drift.made);
  return drift;
}
