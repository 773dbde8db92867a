/**
 * Finds out what drift has opened, what writes open and close, and what changed rules did in one scope, and tells it. It
 * waits for the rules where they have to be read first; nothing waits for it.
 */
import type { BindingKey, InstanceId, SecurityGroupId } from '../../api/ids.ts';
import type { Claim } from '../../core/claim.ts';
import { changedGroups, ruleChanges } from '../../core/firewall/rule-change.ts';
import type { RuleBook } from '../../core/firewall/rules.ts';
import type { TrafficReport } from '../../core/firewall/traffic-changes.ts';
import type { InstanceRecord } from '../../core/instance.ts';
import type { Binding, GroupList, ObservedInstance, Scope } from '../../core/model.ts';
import { sameSequence } from '../../core/plan.ts';
import type { Tenancy } from '../../core/tenancy.ts';
import type { TrafficRecorder } from '../../ports/traffic.ts';
import { type Clock, wallAt } from '../../runtime/clock.ts';
import type { StatusQueue } from '../queues/status-queue.ts';

/** What is known of rules. */
export interface KnownRules {
  /** Whether all of them were read of late; if not, they are being read. @param turn who asks. */
  need(sgIds: Iterable<SecurityGroupId>, turn: string): boolean;
  readonly effects: { change(before: GroupList, after: GroupList): TrafficReport };
}

/** An instance that a binding of this scope claims, with the list that was read. */
export interface HeldInstance {
  readonly id: InstanceId;
  readonly owner: Binding;
  readonly sgIds: GroupList;
}

export interface ScopeTrafficOptions {
  readonly scope: Scope;
  readonly rules: KnownRules;
  readonly tenancy: Pick<Tenancy, 'turnOf'>;
  readonly recorder: TrafficRecorder;
  readonly clock: Clock;
  /** Is told of instances of which something new is known. */
  readonly statuses: Pick<StatusQueue, 'enqueueInstance'>;
}

/** Instances of one binding for which the same lists are compared. */
interface Question {
  readonly kind: 'drift' | 'write';
  readonly owner: Binding;
  readonly before: GroupList;
  readonly after: GroupList;
  readonly ids: InstanceId[];
  readonly journalIds: number[];
  /** By the clock of the process; the earliest of all of them. */
  sinceMs: number | undefined;
}

type Asked = Pick<Question, 'kind' | 'owner' | 'before' | 'after'> & {
  readonly id: InstanceId;
  readonly sinceMs?: number | undefined;
  readonly journalId?: number;
};

export class ScopeTraffic {
  readonly #options: ScopeTrafficOptions;
  /** What waits for rules. */
  readonly #questions = new Map<string, Question>();
  /** The list of each drifted instance that was reported, so that it is reported once. */
  readonly #reported = new Map<InstanceId, GroupList>();
  #cancel: (() => void) | undefined;

  constructor(options: ScopeTrafficOptions) {
    this.#options = options;
  }

  /** An instance that was in sync differs from its declaration. */
  drifted(
    { id, observed, inSyncUntilMs }: InstanceRecord & { observed: ObservedInstance },
    { owner }: Claim,
  ) {
    const { sgIds } = observed;
    const reported = this.#reported.get(id);
    if (reported !== undefined && sameSequence(reported, sgIds)) return;
    this.#reported.set(id, sgIds);
    this.#ask({ kind: 'drift', id, owner, before: owner.sgIds, after: sgIds, sinceMs: inSyncUntilMs });
  }

  /** The instance is in sync, or nobody claims it any more: later drift is another one. */
  forget(id: InstanceId): void {
    this.#reported.delete(id);
  }

  /** These writes have left. */
  written(
    writes: Iterable<{
      readonly record: Pick<InstanceRecord, 'id' | 'inSyncUntilMs'>;
      readonly claim: Claim;
      readonly before: GroupList;
      readonly after: GroupList;
      readonly journalId: number;
      readonly repairs: boolean;
    }>,
  ): void {
    for (const { record, claim, before, after, journalId, repairs } of writes) {
      const sinceMs = repairs ? record.inSyncUntilMs : undefined;
      this.#ask({ kind: 'write', id: record.id, owner: claim.owner, before, after, journalId, sinceMs });
    }
  }

  /** Rules were read. @param held the instances under care. */
  rulesRead(before: RuleBook, after: RuleBook, held: Iterable<HeldInstance>): void {
    const changed = changedGroups(before, after);
    if (changed.size > 0) this.#tellRules(before, after, concerned(held, changed));
    this.#answer();
  }

  /** Whether something waits for rules. */
  get pending(): boolean {
    return this.#questions.size > 0;
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#questions.clear();
  }

  #ask({ id, journalId, sinceMs, ...asked }: Asked): void {
    const { owner, kind, before, after } = asked;
    const key = JSON.stringify([kind, owner.key, before, after]);
    const question = this.#questions.get(key) ?? { ...asked, ids: [], journalIds: [], sinceMs };
    this.#questions.set(key, question);
    question.ids.push(id);
    if (journalId !== undefined) question.journalIds.push(journalId);
    if (sinceMs !== undefined) question.sinceMs = Math.min(question.sinceMs ?? sinceMs, sinceMs);
    // What was read or written together is told together.
    this.#cancel ??= this.#options.clock.setTimer(0, () => {
      this.#cancel = undefined;
      this.#answer();
    });
  }

  /** Tells what is known; what needs rules that are still to be read waits for them. */
  #answer(): void {
    const { rules, tenancy } = this.#options;
    for (const [key, question] of [...this.#questions]) {
      if (!rules.need([...question.before, ...question.after], tenancy.turnOf(question.owner))) continue;
      this.#questions.delete(key);
      this.#changed(question.ids);
      const { changes } = rules.effects.change(question.before, question.after);
      if (changes.length > 0) this.#tell(question, changes);
    }
  }

  #tell(
    { kind, owner, before, after, ids, journalIds, sinceMs }: Question,
    changes: TrafficReport['changes'],
  ) {
    const { recorder, scope, clock } = this.#options;
    const traffic = {
      ...{ binding: owner.key, origin: owner.origin, scope, instanceIds: ids, changes },
      // 0: no read of this process.
      ...(sinceMs ? { sinceMs: wallAt(clock, sinceMs) } : {}),
    };
    if (kind === 'write') recorder.written({ ...traffic, before, after, journalIds });
    else recorder.drifted({ ...traffic, declared: before, observed: after, foundMs: clock.wall() });
  }

  #changed(ids: Iterable<InstanceId>): void {
    for (const id of ids) this.#options.statuses.enqueueInstance(id);
  }

  #tellRules(before: RuleBook, after: RuleBook, concernedLists: Iterable<Concerned>): void {
    const { recorder, scope, clock } = this.#options;
    const effects = new Map<string, TrafficReport['changes']>();
    for (const { owner, list, ids, groups } of concernedLists) {
      const key = list.join();
      const changes = effects.get(key) ?? ruleChanges(before, after, [{ after: list }]);
      effects.set(key, changes);
      if (changes.length === 0) continue;
      const traffic = { binding: owner.key, origin: owner.origin, scope, instanceIds: ids, changes };
      recorder.rulesChanged({ ...traffic, list, changedGroups: groups, foundMs: clock.wall() });
      this.#changed(ids);
    }
  }
}

interface Concerned {
  readonly owner: Binding;
  readonly list: GroupList;
  readonly ids: InstanceId[];
  /** Those of the list that have changed. */
  readonly groups: readonly SecurityGroupId[];
}

/** Instances whose list has a changed group, by binding and list. */
function concerned(held: Iterable<HeldInstance>, changed: ReadonlySet<SecurityGroupId>): Iterable<Concerned> {
  const found = new Map<BindingKey, Map<string, Concerned>>();
  for (const { id, owner, sgIds } of held) {
    if (!sgIds.some((group) => changed.has(group))) continue;
    const ofBinding = found.get(owner.key) ?? new Map<string, Concerned>();
    found.set(owner.key, ofBinding);
    const key = sgIds.join();
    const same = ofBinding.get(key);
    if (same !== undefined) same.ids.push(id);
    else {
      const groups = [...new Set(sgIds)].filter((group) => changed.has(group));
      ofBinding.set(key, { owner, list: sgIds, ids: [id], groups });
    }
  }
  return [...found.values()].flatMap((ofBinding) => [...ofBinding.values()]);
}
