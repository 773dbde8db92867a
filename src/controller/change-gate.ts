/**
 * Lets the changes of one scope through: what the blast radius allows, what somebody approved, or the changes of one
 * plan and nothing else. It decides when the present turn of the event loop ends, so that what was read together is
 * judged together.
 */
import type { InstanceId } from '../api/ids.ts';
import { blastLimit, decideWaves, type WaveDecision } from '../core/blast-radius.ts';
import { deferredVerdict, NOT_IN_THE_PLAN, refusedVerdict } from '../core/blast-verdict.ts';
import type { GuardVerdict } from '../core/guard-port.ts';
import type { Binding, GroupList, Scope } from '../core/model.ts';
import { scopeKey } from '../core/model.ts';
import { type PlanChange, sameChange } from '../core/plan-change.ts';
import type { BlastRadius } from '../core/policy.ts';
import type { Clock } from '../runtime/clock.ts';
import { Deadlines } from '../runtime/deadlines.ts';
import type { WriteCause } from '../sinks/port.ts';
import { type Admission, Admissions } from './admissions.ts';
import type { Approvals } from './approvals.ts';
import { ChangeWaves, type Wave, waveKind } from './change-waves.ts';
import type { OnlyPlan } from './settings.ts';

export interface ChangeGateOptions {
  readonly scope: Scope;
  /** Absent: everything is let through. */
  readonly blastRadius: BlastRadius | undefined;
  /** Absent: every change that the rest allows. */
  readonly onlyPlan: OnlyPlan | undefined;
  readonly approvals: Approvals;
  readonly clock: Clock;
  /** Who declares the instance's list at present. */
  readonly bindingOf: (id: InstanceId) => Binding | undefined;
  /** How many instances the scope has. */
  readonly instances: () => number;
  /** What was decided about these has changed: reconcile them again. */
  readonly decided: (ids: Iterable<InstanceId>) => void;
}

/** A change that wants to be made. */
export interface Offer {
  readonly id: InstanceId;
  readonly binding: Binding;
  readonly from: GroupList;
  readonly cause: WriteCause;
}

const DECISION = 'decision';

export class ChangeGate {
  readonly #options: ChangeGateOptions;
  readonly #waves: ChangeWaves;
  /** What would change and is not admitted. */
  readonly #waiting = new Map<InstanceId, PlanChange>();
  readonly #admissions = new Admissions();
  readonly #verdicts = new Map<InstanceId, GuardVerdict>();
  readonly #timer: Deadlines<typeof DECISION>;
  #decisionQueued = false;

  constructor(options: ChangeGateOptions) {
    this.#options = options;
    this.#waves = new ChangeWaves(options.blastRadius?.periodMs ?? 0);
    this.#timer = new Deadlines(options.clock, () => this.#decide());
  }

  /** Learns what an earlier process changed without an approval. */
  remember(id: InstanceId, atMs: number): void {
    this.#admissions.remember(id, atMs);
  }

  /** These are declared anew and will be read. */
  expect(ids: readonly InstanceId[]): void {
    const nowMs = this.#options.clock.now();
    for (const id of ids) {
      this.#forget(id);
      const binding = this.#options.bindingOf(id);
      if (this.#options.blastRadius === undefined || binding === undefined) continue;
      this.#waves.expect(id, waveKind(binding, 'declared'), nowMs);
    }
  }

  /** Nothing more is learned of an expected instance for now. */
  unreadable(id: InstanceId): void {
    this.#waves.known(id);
    if (this.#waiting.size > 0) this.#queueDecision();
  }

  /** Asks for a change. True when it may be made at once; otherwise {@link ChangeGateOptions.decided} tells later. */
  offer({ id, binding, from, cause }: Offer): boolean {
    const { scope, clock, blastRadius, onlyPlan } = this.#options;
    const change: PlanChange = { scope, instanceId: id, from, to: binding.sgIds };
    if (onlyPlan !== undefined) return this.#offerToPlan(onlyPlan, change);
    if (this.#admissions.get(id, change) !== undefined) return true;
    if (blastRadius === undefined) {
      this.#admissions.admit(id, change);
      return true;
    }
    if (sameChange(this.#waiting.get(id), change) && this.#verdicts.has(id)) return false;
    this.#waves.offer(id, waveKind(binding, cause), clock.now());
    this.#waiting.set(id, change);
    this.#queueDecision();
    return false;
  }

  /** Whether the change may be made; asked again right before it is. */
  admission(id: InstanceId, change: Pick<PlanChange, 'from' | 'to'>): Admission | undefined {
    return this.#admissions.get(id, change);
  }

  /** The write leaves. */
  wrote(id: InstanceId): void {
    this.#admissions.changed(id, this.#options.clock.now());
  }

  /** The write changed nothing. @param terminal whether it is given up for long: until then it takes nothing from others. */
  failed(id: InstanceId, terminal: boolean): void {
    this.#admissions.unchanged(id);
    if (terminal) this.withdraw(id);
  }

  /** The instance has the declared list. */
  settled(id: InstanceId): void {
    this.#options.approvals.made(scopeKey(this.#options.scope), id);
    this.withdraw(id);
  }

  /** Nothing is to be changed any more. */
  withdraw(id: InstanceId): void {
    const known = this.#waves.of(id) !== undefined || this.#waiting.has(id) || this.#admissions.has(id);
    if (!known) return;
    this.#forget(id);
    if (this.#waiting.size > 0) this.#queueDecision();
  }

  /** Why a change waits or is refused. */
  verdict(id: InstanceId): GuardVerdict | undefined {
    return this.#verdicts.get(id);
  }

  /** An approval may have come. */
  reconsider(): void {
    if (this.#waiting.size > 0) this.#queueDecision();
  }

  close(): void {
    this.#timer.close();
  }

  #offerToPlan({ changes, authority }: OnlyPlan, change: PlanChange): boolean {
    const { instanceId: id } = change;
    if (sameChange(changes.get(id), change)) {
      this.#admissions.admit(id, change, authority);
      this.#verdicts.delete(id);
      return true;
    }
    this.#admissions.end(id);
    this.#verdicts.set(id, NOT_IN_THE_PLAN);
    return false;
  }

  #forget(id: InstanceId): void {
    const changed = this.#admissions.end(id);
    this.#waves.drop(id, this.#options.clock.now(), changed);
    this.#waiting.delete(id);
    this.#verdicts.delete(id);
  }

  #queueDecision(): void {
    if (this.#decisionQueued) return;
    this.#decisionQueued = true;
    queueMicrotask(() => {
      this.#decisionQueued = false;
      this.#decide();
    });
  }

  #decide(): void {
    const { blastRadius } = this.#options;
    if (blastRadius === undefined) return;
    const before = new Map(this.#verdicts);
    const admitted = new Set<InstanceId>(this.#admitApproved());
    const { periodMs } = blastRadius;
    const limit = blastLimit(blastRadius, this.#options.instances());
    const charged = this.#admissions.charged(this.#options.clock.now(), periodMs);
    const refused: Wave[] = [];
    for (const [wave, decision] of decideWaves(this.#waves, { limit, periodMs, charged })) {
      if (decision.kind === 'admit') for (const id of this.#admitWave(wave)) admitted.add(id);
      else if (decision.kind === 'refuse') refused.push(wave);
      else this.#postpone(wave, decision, limit);
    }
    for (const id of this.#refuse(refused, limit)) admitted.add(id);
    const changed = new Set(admitted);
    for (const id of new Set([...before.keys(), ...this.#verdicts.keys()])) {
      if (before.get(id)?.message !== this.#verdicts.get(id)?.message) changed.add(id);
    }
    if (changed.size > 0) this.#options.decided(changed);
  }

  #admitApproved(): InstanceId[] {
    const { approvals, bindingOf } = this.#options;
    return [...this.#waiting].flatMap(([id, change]) => {
      const authority = approvals.authority(change, bindingOf(id)?.approvedPlan);
      if (authority === undefined) return [];
      this.#waves.drop(id, this.#options.clock.now());
      return this.#admit(id, change, authority);
    });
  }

  #admitWave(wave: Wave): InstanceId[] {
    return [...wave.pending].flatMap((id) => {
      const change = this.#waiting.get(id);
      if (change === undefined) return [];
      this.#waves.spend(id);
      return this.#admit(id, change, '');
    });
  }

  #admit(id: InstanceId, change: PlanChange, authority: string): InstanceId[] {
    this.#waiting.delete(id);
    this.#verdicts.delete(id);
    this.#admissions.admit(id, change, authority);
    return [id];
  }

  #postpone(wave: Wave, decision: WaveDecision, limit: number): void {
    const untilMs = decision.kind === 'defer' ? decision.untilMs : undefined;
    if (untilMs !== undefined) this.#timer.set(DECISION, untilMs);
    for (const id of wave.pending) {
      if (untilMs === undefined) this.#verdicts.delete(id);
      else this.#verdicts.set(id, deferredVerdict(limit, untilMs));
    }
  }

  /** Refuses what exceeds the limit, unless it turns out to be approved. */
  #refuse(waves: readonly Wave[], limit: number): InstanceId[] {
    const changes = waves.flatMap((wave) => [...wave.pending]).flatMap((id) => this.#waiting.get(id) ?? []);
    if (changes.length === 0) return [];
    const { approvals, bindingOf } = this.#options;
    const named = changes.flatMap(({ instanceId }) => bindingOf(instanceId)?.approvedPlan ?? []);
    const { digest, held } = approvals.refuse(changes, named);
    const admitted = held ? this.#admitApproved() : [];
    const { region } = this.#options.scope;
    const instances = this.#options.instances();
    const verdict = refusedVerdict({ changes: changes.length, instances, region, limit, digest });
    for (const { instanceId } of changes) {
      if (this.#waiting.has(instanceId)) this.#verdicts.set(instanceId, verdict);
    }
    return admitted;
  }
}
