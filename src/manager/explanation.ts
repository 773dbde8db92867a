/** Everything that is known of one instance, gathered from the state. */
import type { InstanceId } from '../api/ids.ts';
import type { ClaimFacts, InstanceFacts } from '../core/instance-facts.ts';
import type { InstanceStatus } from '../core/instance-status.ts';
import { plan, type Step } from '../core/plan.ts';
import type { BindingStatus } from '../ports/status.ts';
import { systemClock } from '../runtime/clock.ts';
import { InventoryTable } from '../store/sqlite/inventory-table.ts';
import { type JournalRow, JournalTable } from '../store/sqlite/journal-table.ts';
import type { StateFile } from '../store/sqlite/state-file.ts';
import type { ObjectWrite } from './history/object-history.ts';
import { storedBindings, storedSource } from './stored-state.ts';

export interface Explanation extends InstanceFacts {
  /** When what is told here last changed. */
  readonly updatedMs?: number;
  readonly lastWrite?: JournalRow;
  readonly writes: number;
  /** In the place of the journal, where the objects of a cluster were asked. */
  readonly inCluster?: {
    /** False when the status is too large to list the instance. */
    readonly isListed: boolean;
    /** The last writes that name it, newest first. */
    readonly writes: readonly ObjectWrite[];
    readonly lastWriteMs?: number;
    /** Of the last call about it. */
    readonly requestId?: string;
  };
}

/** A binding that names the instance, with what it tells of it. */
interface Claimant {
  readonly status: BindingStatus;
  readonly instance: InstanceStatus;
}

/** In the order of the statuses. */
export function claimantsOf(statuses: readonly BindingStatus[], id: InstanceId): Claimant[] {
  return statuses.flatMap((status) =>
    status.instances.filter(({ instanceId }) => instanceId === id).map((instance) => ({ status, instance })),
  );
}

/** Undefined when nothing is known of the instance. */
export function explain(file: StateFile, instanceId: InstanceId): Explanation | undefined {
  const stored = storedBindings(file, (body) => body.includes(`"${instanceId}"`));
  const facts = claimFacts(
    claimantsOf(
      stored.map(({ status }) => status),
      instanceId,
    ),
  );
  const owner = stored.find(({ status }) => status.key === facts.binding);
  const journal = new JournalTable(file.database, { clock: systemClock, actor: 'reader' });
  const writes = journal.query({ instanceId, limit: 0 });
  const [lastWrite] = writes;
  if (owner === undefined && lastWrite === undefined) return undefined;
  const original = new InventoryTable(file.database).original(instanceId);
  const checkEveryMs = owner?.declared?.intervalMs ?? storedSource(file)?.record.checkEveryMs;
  return {
    instanceId,
    ...facts,
    ...(owner === undefined ? {} : { updatedMs: owner.updatedMs }),
    ...(lastWrite === undefined ? {} : { lastWrite }),
    writes: writes.length,
    ...(original === undefined ? {} : { original }),
    ...(checkEveryMs === undefined ? {} : { checkEveryMs }),
  };
}

export function claimFacts(claimants: readonly Claimant[]): ClaimFacts {
  const owner = ownerOf(claimants);
  return {
    ...(owner === undefined ? {} : ownerFacts(owner.status, owner.instance)),
    steps: stepsOf(owner?.status, owner?.instance),
    groupNames: owner?.status.groupNames ?? {},
    otherClaimants: claimants.filter((one) => one !== owner).map(({ status }) => status.key),
  };
}

function ownerOf(claimants: readonly Claimant[]): Claimant | undefined {
  return claimants.find(({ instance }) => holds(instance)) ?? claimants[0];
}

/** Whether a binding holds the instance, as far as it tells: it may name it, has read it, and nobody else holds it. */
function holds({ state, reason, sgIds }: InstanceStatus): boolean {
  return state !== 'Conflicted' && reason !== 'NotAllowed' && sgIds !== undefined;
}

function ownerFacts(
  binding: BindingStatus,
  status: InstanceStatus,
): Pick<Explanation, 'binding' | 'scope' | 'origin' | 'desired' | 'status'> {
  return {
    binding: binding.key,
    scope: binding.scope,
    origin: binding.origin,
    desired: binding.sgIds,
    status,
  };
}

function stepsOf(binding: BindingStatus | undefined, status: InstanceStatus | undefined): readonly Step[] {
  return binding === undefined || status?.sgIds === undefined ? [] : plan(status.sgIds, binding.sgIds);
}
