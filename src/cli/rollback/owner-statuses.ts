/**
 * Tells the owners of rolled back instances what was read of them: their stored statuses would otherwise go on saying
 * that the declared list is there. The rollback's own bindings are nobody's declaration and are not told of.
 */
import type { Condition } from '../../api/conditions.ts';
import { type BindingKey, type InstanceId, partsOf } from '../../api/ids.ts';
import { inSyncCount, report } from '../../core/binding-conditions.ts';
import { differenceText } from '../../core/difference.ts';
import type { InstanceStatus } from '../../core/instance-status.ts';
import type { Binding } from '../../core/model.ts';
import { plan } from '../../core/plan.ts';
import type { BindingStatus, Sink } from '../../ports/status.ts';
import type { Clock } from '../../runtime/clock.ts';
import { systemClock } from '../../runtime/clock.ts';
import type { StateFile } from '../../store/sqlite/state-file.ts';
import { StatusTable } from '../../store/sqlite/status-table.ts';
import type { Present } from './present.ts';

export class OwnerStatuses implements Sink {
  readonly #statuses: StatusTable;
  readonly #present: Present;
  readonly #clock: Clock;

  constructor({ database }: StateFile, present: Present, clock: Clock = systemClock) {
    this.#clock = clock;
    this.#statuses = new StatusTable(database);
    this.#present = present;
  }

  publish(statuses: readonly BindingStatus[]): void {
    const read = statuses.flatMap(({ instances }) => instances.filter(({ state }) => state === 'InSync'));
    const byOwner = Map.groupBy(read, ({ instanceId }) => this.#present.owners.get(instanceId));
    const wallMs = this.#clock.wall();
    const reported = [...byOwner].flatMap(
      ([owner, instances]) => this.#reported(owner, instances, wallMs) ?? [],
    );
    if (reported.length > 0) this.#statuses.put(reported, wallMs);
  }

  remove(): void {}

  previous(): readonly Condition[] {
    return [];
  }

  #reported(owner: BindingKey | undefined, read: readonly InstanceStatus[], wallMs: number) {
    const row = owner === undefined ? undefined : this.#statuses.get(owner);
    if (owner === undefined || row === undefined) return undefined;
    const stored = JSON.parse(row.body) as BindingStatus;
    const back = new Map(read.map((one) => [one.instanceId, one]));
    const instances = stored.instances.map((one) => asOwnerSees(stored, one, back));
    const binding = this.#present.declared.get(owner) ?? bareBinding(stored);
    const conditions = report({ binding, instances, previous: stored.conditions, wallMs });
    const status: BindingStatus = {
      ...stored,
      instances,
      conditions,
      inSyncCount: inSyncCount(instances),
      lastWriteMs: Math.max(stored.lastWriteMs ?? 0, ...read.map(({ lastWriteMs = 0 }) => lastWriteMs)),
    };
    const { instanceCount, inSyncCount: inSync } = status;
    return { binding: owner, inSync, instances: instanceCount, body: JSON.stringify(status) };
  }
}

function asOwnerSees(
  { sgIds: desired }: BindingStatus,
  before: InstanceStatus,
  back: ReadonlyMap<InstanceId, InstanceStatus>,
): InstanceStatus {
  const read = back.get(before.instanceId);
  if (read?.sgIds === undefined) return before;
  const steps = plan(read.sgIds, desired);
  if (steps.length === 0) return read;
  const message = `${differenceText(steps, desired)}; it was rolled back`;
  return { ...read, state: 'Drifted', reason: 'Drifted', message };
}

function bareBinding({ key, scope, sgIds, origin }: BindingStatus): Binding {
  const { namespace, name } = partsOf(key);
  return { key, namespace, name, scope, instanceIds: [], sgIds, mode: 'Enforce', suspend: false, origin };
}
