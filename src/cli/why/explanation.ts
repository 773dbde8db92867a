/** Everything that is known of one instance, gathered from the state. */
import type { BindingKey, InstanceId } from '../../api/ids.ts';
import type { InstanceVerdict } from '../../core/instance-verdict.ts';
import type { Origin, Scope } from '../../core/model.ts';
import { plan, type Step } from '../../core/plan.ts';
import { systemClock } from '../../runtime/clock.ts';
import type { BindingVerdict } from '../../sinks/port.ts';
import { InventoryTable } from '../../state/inventory-table.ts';
import { type JournalRow, JournalTable } from '../../state/journal-table.ts';
import type { StateFile } from '../../state/state-file.ts';
import { storedBindings, storedSource } from '../wiring/stored-state.ts';

export interface Explanation {
  readonly instanceId: InstanceId;
  /** The binding that owns it, or owned it; absent when nothing but the journal knows it. */
  readonly binding?: BindingKey;
  readonly scope?: Scope;
  readonly origin?: Origin;
  readonly desired?: readonly string[];
  /** What groups are called, as far as it is known. */
  readonly groupNames: Readonly<Record<string, string>>;
  readonly verdict?: InstanceVerdict;
  readonly steps: readonly Step[];
  /** When what is told here last changed. */
  readonly updatedMs?: number;
  readonly otherClaimants: readonly BindingKey[];
  readonly lastWrite?: JournalRow;
  readonly writes: number;
  /** The list before the first write. */
  readonly original?: readonly string[];
  readonly checkEveryMs?: number;
}

/** Undefined when nothing is known of the instance. */
export function explain(file: StateFile, instanceId: InstanceId): Explanation | undefined {
  const claimants = storedBindings(file, (body) => body.includes(`"${instanceId}"`)).flatMap((stored) => {
    const verdict = stored.verdict.instances.find((one) => one.instanceId === instanceId);
    return verdict === undefined ? [] : [{ ...stored, instance: verdict }];
  });
  const owner = claimants.find(({ instance }) => holds(instance)) ?? claimants[0];
  const journal = new JournalTable(file.database, { clock: systemClock, actor: 'reader' });
  const writes = journal.query({ instanceId, limit: 0 });
  const [lastWrite] = writes;
  if (owner === undefined && lastWrite === undefined) return undefined;
  const original = new InventoryTable(file.database).original(instanceId);
  const checkEveryMs = owner?.declared?.intervalMs ?? storedSource(file)?.record.checkEveryMs;
  return {
    instanceId,
    ...(owner === undefined ? {} : ownerFacts(owner.verdict, owner.instance)),
    ...(owner === undefined ? {} : { updatedMs: owner.updatedMs }),
    steps: stepsOf(owner?.verdict, owner?.instance),
    groupNames: owner?.verdict.groupNames ?? {},
    otherClaimants: claimants.filter((one) => one !== owner).map(({ verdict }) => verdict.key),
    ...(lastWrite === undefined ? {} : { lastWrite }),
    writes: writes.length,
    ...(original === undefined ? {} : { original }),
    ...(checkEveryMs === undefined ? {} : { checkEveryMs }),
  };
}

/** Whether a binding holds the instance, as far as it tells: it may name it, has read it, and nobody else holds it. */
function holds({ state, reason, sgIds }: InstanceVerdict): boolean {
  return state !== 'Conflicted' && reason !== 'NotAllowed' && sgIds !== undefined;
}

function ownerFacts(
  binding: BindingVerdict,
  verdict: InstanceVerdict,
): Pick<Explanation, 'binding' | 'scope' | 'origin' | 'desired' | 'verdict'> {
  return {
    binding: binding.key,
    scope: binding.scope,
    origin: binding.origin,
    desired: binding.sgIds,
    verdict,
  };
}

function stepsOf(binding: BindingVerdict | undefined, verdict: InstanceVerdict | undefined): readonly Step[] {
  return binding === undefined || verdict?.sgIds === undefined ? [] : plan(verdict.sgIds, binding.sgIds);
}
