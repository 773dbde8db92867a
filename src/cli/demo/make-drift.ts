/** What somebody at the console does to an instance, and what that opens and closes. */
import type { GroupList } from '../../core/model.ts';
import type { BindingStatus } from '../../ports/status.ts';
import { silentLog } from '../../runtime/log.ts';
import type { Random } from '../../runtime/random.ts';
import type { Simulator } from '../../simulator/simulator.ts';
import { changeAnswer, changeLines } from '../traffic/change-answer.ts';
import { readChangeRules } from '../wiring/change-rules.ts';
import { wireCloud } from '../wiring/cloud-wiring.ts';
import { FOREIGN_GROUP } from './demo-fleet.ts';
import type { Demo } from './open-demo.ts';

const KINDS = {
  'order changed by hand': ([first = '', second = '', ...rest]: readonly string[]) => [
    second,
    first,
    ...rest,
  ],
  /** One that nobody declared. */
  'group added by hand': (was: readonly string[]) => [FOREIGN_GROUP, ...was],
};

export interface Drift {
  readonly instanceId: string;
  readonly what: keyof typeof KINDS;
  readonly was: readonly string[];
  readonly made: readonly string[];
}

export function makeDrift({ state }: Simulator, instanceId: string, what: Drift['what']): Drift {
  const was = state.list(instanceId);
  const made = KINDS[what](was);
  state.setList(instanceId, made);
  return { instanceId, what, was, made };
}

/** Drift of either kind on some instance that is in sync; undefined when there is none to take. */
export function someDrift(
  simulator: Simulator,
  statuses: readonly BindingStatus[],
  random: Random,
): Drift | undefined {
  const calm = statuses
    .flatMap(({ sgIds, instances }) => (sgIds.length > 1 ? instances : []))
    .filter((one) => one.state === 'InSync' && simulator.state.instance(one.instanceId) !== undefined);
  const victim = calm[Math.floor(random.next() * calm.length)];
  const what = random.next() < 0.6 ? 'order changed by hand' : 'group added by hand';
  return victim && makeDrift(simulator, victim.instanceId, what);
}

/** What `cvmsg traffic` says of it. Rejects only when the signal aborts. */
export async function trafficOf(
  { asRun, simulator }: Pick<Demo, 'asRun' | 'simulator'>,
  { instanceId, was, made }: Drift,
  signal: AbortSignal,
): Promise<string[]> {
  await using cloud = wireCloud(asRun, silentLog);
  const change = { before: was as GroupList, after: made as GroupList };
  const { region = '' } = simulator.state.instance(instanceId) ?? {};
  const reader = cloud.ruleReaders.rules({ account: 'default', region });
  const reading = await readChangeRules(reader, [change], { signal });
  if (!reading.ok) return [`  the rules could not be read: ${reading.error.code}`];
  return changeLines(changeAnswer(reading.rules, change));
}
