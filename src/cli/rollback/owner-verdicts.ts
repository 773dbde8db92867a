/**
 * Tells the owners of rolled back instances what was read of them: their stored verdicts would otherwise go on saying
 * that the declared list is there. The rollback's own bindings are nobody's declaration and are not told of.
 */
import type { Condition } from '../../api/conditions.ts';
import type { BindingKey, InstanceId } from '../../api/ids.ts';
import { differenceText } from '../../core/difference.ts';
import type { InstanceVerdict } from '../../core/instance-verdict.ts';
import type { Binding } from '../../core/model.ts';
import { plan } from '../../core/plan.ts';
import { inSyncCount, report } from '../../core/report.ts';
import { systemClock } from '../../runtime/clock.ts';
import type { BindingVerdict, Sink } from '../../sinks/port.ts';
import type { StateFile } from '../../state/state-file.ts';
import { VerdictTable } from '../../state/verdict-table.ts';
import type { Present } from './desired-bindings.ts';

export class OwnerVerdicts implements Sink {
  readonly #verdicts: VerdictTable;
  readonly #present: Present;

  constructor({ database }: StateFile, present: Present) {
    this.#verdicts = new VerdictTable(database);
    this.#present = present;
  }

  publish(verdicts: readonly BindingVerdict[]): void {
    const read = verdicts.flatMap(({ instances }) => instances.filter(({ state }) => state === 'InSync'));
    const byOwner = Map.groupBy(read, ({ instanceId }) => this.#present.owners.get(instanceId));
    const wallMs = systemClock.wall();
    const told = [...byOwner].flatMap(([owner, instances]) => this.#told(owner, instances, wallMs) ?? []);
    if (told.length > 0) this.#verdicts.put(told, wallMs);
  }

  retire(): void {}

  previous(): readonly Condition[] {
    return [];
  }

  #told(owner: BindingKey | undefined, read: readonly InstanceVerdict[], wallMs: number) {
    const row = owner === undefined ? undefined : this.#verdicts.get(owner);
    if (owner === undefined || row === undefined) return undefined;
    const stored = JSON.parse(row.body) as BindingVerdict;
    const back = new Map(read.map((one) => [one.instanceId, one]));
    const instances = stored.instances.map((one) => asOwnerSees(stored, one, back));
    const binding = this.#present.declared.get(owner) ?? bareBinding(stored);
    const conditions = report({ binding, instances, previous: stored.conditions, wallMs });
    const verdict: BindingVerdict = {
      ...stored,
      instances,
      conditions,
      inSyncCount: inSyncCount(instances),
      lastWriteMs: Math.max(stored.lastWriteMs ?? 0, ...read.map(({ lastWriteMs = 0 }) => lastWriteMs)),
    };
    const { instanceCount, inSyncCount: inSync } = verdict;
    return { binding: owner, inSync, instances: instanceCount, body: JSON.stringify(verdict) };
  }
}

function asOwnerSees(
  { sgIds: desired }: BindingVerdict,
  before: InstanceVerdict,
  back: ReadonlyMap<InstanceId, InstanceVerdict>,
): InstanceVerdict {
  const read = back.get(before.instanceId);
  if (read?.sgIds === undefined) return before;
  const steps = plan(read.sgIds, desired);
  if (steps.length === 0) return read;
  const message = `${differenceText(steps, desired)}; it was rolled back`;
  return { ...read, state: 'Drifted', reason: 'Drifted', message };
}

function bareBinding({ key, scope, sgIds, origin }: BindingVerdict): Binding {
  const [namespace = '', name = ''] = key.split('/');
  return { key, namespace, name, scope, instanceIds: [], sgIds, mode: 'Enforce', suspend: false, origin };
}
