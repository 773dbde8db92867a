/**
 * Journal, inventory and approvals of a process that follows nothing but a cluster and keeps no state folder: what has to
 * outlive it stands in the objects, and every write in the log.
 */
import type { BindingKey, InstanceId } from '../api/ids.ts';
import type { GroupList } from '../core/model.ts';
import { sameSequence } from '../core/plan.ts';
import type { Pledge } from '../core/restoration.ts';
import type { Clock } from '../runtime/clock.ts';
import type {
  ApprovalStore,
  HeldApproval,
  Inventory,
  Journal,
  OpenIntent,
  RecentWrite,
  WriteConclusion,
  WriteIntent,
} from './port.ts';

export interface MemoryStateOptions {
  readonly clock: Clock;
  /** How long a write is remembered after it was read back. */
  readonly keepMs: number;
}

interface Entry {
  readonly id: number;
  readonly intent: WriteIntent;
  readonly intendedMs: number;
  outcome: RecentWrite['outcome'];
  concludedMs: number | undefined;
  isVerified: boolean;
}

/** It remembers what the state file would, for as long as the process lives, and lets go of old writes by itself. */
export class MemoryState implements Journal, Inventory, ApprovalStore {
  readonly #options: MemoryStateOptions;
  /** By id, oldest first. */
  readonly #entries = new Map<number, Entry>();
  #ids = 0;
  readonly #owners = new Map<InstanceId, BindingKey>();
  readonly #originals = new Map<InstanceId, GroupList>();
  readonly #pledges = new Map<InstanceId, Pledge>();
  readonly #approvals = new Map<string, HeldApproval>();

  constructor(options: MemoryStateOptions) {
    this.#options = options;
  }

  intend(intents: readonly WriteIntent[]): readonly number[] {
    const intendedMs = this.#options.clock.now();
    this.#forget(intendedMs - this.#options.keepMs);
    return intents.map((intent) => {
      const id = ++this.#ids;
      this.#entries.set(id, {
        id,
        intent,
        intendedMs,
        outcome: undefined,
        concludedMs: undefined,
        isVerified: false,
      });
      return id;
    });
  }

  conclude(ids: readonly number[], { outcome }: WriteConclusion): void {
    const nowMs = this.#options.clock.now();
    for (const id of ids) {
      const entry = this.#entries.get(id);
      if (entry === undefined || entry.outcome !== undefined) continue;
      entry.outcome = outcome;
      entry.concludedMs = nowMs;
    }
  }

  verified(id: number, observed: GroupList): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    entry.isVerified = true;
    entry.concludedMs ??= this.#options.clock.now();
    entry.outcome ??= sameSequence(entry.intent.after, observed) ? 'settled-applied' : 'settled-not-applied';
  }

  open(sinceMs: number): readonly OpenIntent[] {
    return [...this.#entries.values()]
      .filter((entry) => isOpen(entry, sinceMs))
      .map(({ id, intent, outcome, intendedMs, concludedMs }) => ({
        id,
        atMs: concludedMs ?? intendedMs,
        accepted: outcome === 'accepted',
        instanceId: intent.instanceId,
        scope: intent.scope,
        binding: intent.binding,
        before: intent.before,
        after: intent.after,
      }));
  }

  recent(sinceMs: number): readonly RecentWrite[] {
    return [...this.#entries.values()]
      .filter(({ intendedMs }) => intendedMs >= sinceMs)
      .map(({ intent, intendedMs, outcome }) => ({
        instanceId: intent.instanceId,
        scope: intent.scope,
        binding: intent.binding,
        cause: intent.cause,
        intendedMs,
        authority: intent.authority ?? '',
        outcome,
      }));
  }

  owners(): ReadonlyMap<InstanceId, BindingKey> {
    return this.#owners;
  }

  own(changes: Iterable<readonly [InstanceId, BindingKey | undefined]>): void {
    for (const [id, owner] of changes) {
      if (owner !== undefined) this.#owners.set(id, owner);
      else {
        this.#owners.delete(id);
        this.#originals.delete(id);
      }
    }
  }

  keepOriginal(originals: Iterable<readonly [InstanceId, GroupList]>): void {
    for (const [id, list] of originals) if (!this.#originals.has(id)) this.#originals.set(id, list);
  }

  original(id: InstanceId): GroupList | undefined {
    return this.#originals.get(id);
  }

  pledges(): readonly Pledge[] {
    return [...this.#pledges.values()];
  }

  pledge(changes: Iterable<readonly [InstanceId, Pledge | undefined]>): void {
    for (const [id, pledge] of changes) {
      if (pledge === undefined) this.#pledges.delete(id);
      else this.#pledges.set(id, pledge);
    }
  }

  approvals(): readonly HeldApproval[] {
    return [...this.#approvals.values()];
  }

  holdApproval(held: HeldApproval): void {
    this.#approvals.set(`${held.digest} ${held.scope}`, held);
  }

  dropApproval({ digest }: HeldApproval): void {
    for (const [key, held] of this.#approvals) if (held.digest === digest) this.#approvals.delete(key);
  }

  /** Lets go of what was intended before then and needs no settling. */
  #forget(beforeMs: number): void {
    for (const [id, entry] of this.#entries) {
      if (entry.intendedMs >= beforeMs) return;
      if (!isOpen(entry, beforeMs)) this.#entries.delete(id);
    }
  }
}

/** Whether a write has no outcome, or may have been applied since then and was not read back. */
function isOpen({ outcome, isVerified, concludedMs = 0 }: Entry, sinceMs: number): boolean {
  if (isVerified) return false;
  return (
    outcome === undefined || ((outcome === 'accepted' || outcome === 'unknown') && concludedMs >= sinceMs)
  );
}
