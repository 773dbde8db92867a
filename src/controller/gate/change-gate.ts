/**
 * Lets the changes of one scope through that the blast radius allows or somebody approved. It decides when the present
 * turn of the event loop ends, so that what was read together is judged together.
 */
import type { InstanceId } from '../../api/ids.ts';
import { blastLimit, decideWaves, type WaveDecision, waveCount } from '../../core/blast-radius.ts';
import { deferredVerdict, refusedVerdict, type TooMany } from '../../core/blast-verdict.ts';
import type { Claim } from '../../core/claim-index.ts';
import type { GuardVerdict } from '../../core/guard-port.ts';
import { type Scope, scopeKey } from '../../core/model.ts';
import { type PlanChange, sameChange } from '../../core/plan-change.ts';
import type { BlastRadius } from '../../core/policy.ts';
import { type Clock, wallAt } from '../../runtime/clock.ts';
import { Deadlines } from '../../runtime/deadlines.ts';
import { type Admission, Admissions } from './admissions.ts';
import { type Approvals, bound } from './approvals.ts';
import { ChangeWaves, type Wave, waveKind } from './change-waves.ts';
import type { Gate, Offer } from './gate.ts';
import type { RevisionTally } from './revision-tally.ts';

export interface ChangeGateOptions {
  readonly scope: Scope;
  /** Absent: everything is let through. */
  readonly blastRadius: BlastRadius | undefined;
  readonly approvals: Approvals;
  readonly tally: RevisionTally;
  /** How many instances all scopes have. */
  readonly instancesInAll: () => number;
  readonly clock: Clock;
  /** Who sets the instance's list at present. */
  readonly claimOf: (id: InstanceId) => Claim | undefined;
  /** How many instances the scope has. */
  readonly instances: () => number;
  /** What was decided about these has changed: reconcile them again. */
  readonly decided: (ids: Iterable<InstanceId>) => void;
}

const DECISION = 'decision';

export class ChangeGate implements Gate {
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
    options.tally.join(this.#key, () => this.#queueDecision());
  }

  remember(id: InstanceId, atMs: number): void {
    this.#admissions.remember(id, atMs);
  }

  expect(ids: readonly InstanceId[]): void {
    const nowMs = this.#options.clock.now();
    for (const id of ids) {
      this.#forget(id);
      const claim = this.#options.claimOf(id);
      if (this.#options.blastRadius === undefined || claim === undefined) continue;
      const cause = claim.restores ? 'restored' : 'declared';
      this.#waves.expect(id, waveKind(claim.winner, cause), nowMs);
    }
    this.#tell();
  }

  unreadable(id: InstanceId): void {
    if (this.#waves.stopAwaiting(id)) this.#queueDecision();
  }

  offer({ id, binding, from, cause }: Offer): boolean {
    const { scope, clock, blastRadius } = this.#options;
    const change: PlanChange = { scope, instanceId: id, from, to: binding.sgIds };
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

  admission(id: InstanceId, change: Pick<PlanChange, 'from' | 'to'>): Admission | undefined {
    return this.#admissions.get(id, change);
  }

  wrote(id: InstanceId): void {
    this.#admissions.changed(id, this.#options.clock.now());
  }

  /** The write changed nothing. @param terminal whether it is given up for long: until then it takes nothing from others. */
  failed(id: InstanceId, terminal: boolean): void {
    this.#admissions.unchanged(id);
    if (terminal) this.withdraw(id);
  }

  settled(id: InstanceId): void {
    this.#options.approvals.made(this.#key, id);
    this.withdraw(id);
  }

  withdraw(id: InstanceId): void {
    const known = this.#waves.of(id) !== undefined || this.#waiting.has(id) || this.#admissions.has(id);
    if (!known) return;
    this.#forget(id);
    this.#queueDecision();
  }

  verdict(id: InstanceId): GuardVerdict | undefined {
    return this.#verdicts.get(id);
  }

  reconsider(): void {
    const { scope, approvals, claimOf, decided } = this.#options;
    const revoked = this.#admissions.revoke((instanceId, change) => {
      const [one] = bound([{ ...change, scope, instanceId }], claimOf);
      return one !== undefined && approvals.authority(one) !== undefined;
    });
    if (revoked.length > 0) decided(revoked);
    if (this.#waiting.size > 0) this.#queueDecision();
  }

  close(): void {
    this.#timer.close();
  }

  #forget(id: InstanceId): void {
    const changed = this.#admissions.end(id);
    this.#waves.drop(id, this.#options.clock.now(), changed);
    this.#waiting.delete(id);
    this.#verdicts.delete(id);
  }

  get #key(): string {
    return scopeKey(this.#options.scope);
  }

  #queueDecision(): void {
    if (this.#decisionQueued || this.#options.blastRadius === undefined) return;
    this.#decisionQueued = true;
    queueMicrotask(() => {
      this.#decisionQueued = false;
      this.#decide();
    });
  }

  #decide(): void {
    const { blastRadius, clock, instances, instancesInAll, tally } = this.#options;
    if (blastRadius === undefined) return;
    this.#tell();
    if (this.#waiting.size === 0) return;
    const before = new Map(this.#verdicts);
    const admitted = new Set<InstanceId>(this.#admitApproved());
    const { periodMs } = blastRadius;
    const limit = blastLimit(blastRadius, instances());
    const revisionLimit = blastLimit(blastRadius, instancesInAll());
    const charged = this.#admissions.charged(clock.now(), periodMs);
    const elsewhere = (wave: Wave) => tally.elsewhere(this.#key, wave.name);
    const refused: Wave[] = [];
    let everywhere = 0;
    const decisions = decideWaves(this.#waves, { limit, revisionLimit, periodMs, charged, elsewhere });
    for (const [wave, decision] of decisions) {
      if (decision.kind === 'admit') for (const id of this.#admitWave(wave)) admitted.add(id);
      else if (decision.kind === 'refuse') {
        refused.push(wave);
        everywhere = Math.max(everywhere, decision.everywhere);
      } else this.#postpone(wave, decision, limit);
    }
    const due = [...decisions.values()].flatMap((one) => (one.kind === 'defer' ? one.untilMs : []));
    if (due.length > 0) this.#timer.set(DECISION, Math.min(...due));
    for (const id of this.#refuse(refused, { limit, revisionLimit, everywhere })) admitted.add(id);
    const changed = new Set(admitted);
    for (const id of new Set([...before.keys(), ...this.#verdicts.keys()])) {
      if (before.get(id)?.message !== this.#verdicts.get(id)?.message) changed.add(id);
    }
    if (changed.size > 0) this.#options.decided(changed);
  }

  /** Tells the other scopes what revisions would change here. */
  #tell(): void {
    const present = new Map(
      [...this.#waves].filter(({ named }) => named).map((wave) => [wave.name, waveCount(wave)]),
    );
    this.#options.tally.report(this.#key, present);
  }

  #admitApproved(): InstanceId[] {
    const { approvals, claimOf } = this.#options;
    return bound(this.#waiting.values(), claimOf).flatMap((change) => {
      const authority = approvals.authority(change);
      if (authority === undefined) return [];
      this.#waves.drop(change.instanceId, this.#options.clock.now());
      return this.#admit(change.instanceId, change, authority);
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
    for (const id of wave.pending) {
      if (untilMs === undefined) this.#verdicts.delete(id);
      else this.#verdicts.set(id, deferredVerdict(limit, wallAt(this.#options.clock, untilMs)));
    }
  }

  /** Refuses what exceeds the limit, unless it turns out to be approved. */
  #refuse(
    waves: readonly Wave[],
    limits: Pick<TooMany, 'limit' | 'revisionLimit' | 'everywhere'>,
  ): InstanceId[] {
    const pending = waves.flatMap((wave) => [...wave.pending]).flatMap((id) => this.#waiting.get(id) ?? []);
    const changes = bound(pending, this.#options.claimOf);
    if (changes.length === 0) return [];
    const named = changes.flatMap(({ binding }) => binding.approvedPlan ?? []);
    const { digest, held } = this.#options.approvals.refuse(changes, named);
    const admitted = held ? this.#admitApproved() : [];
    const { region } = this.#options.scope;
    const instances = this.#options.instances();
    const verdict = refusedVerdict({ changes: changes.length, instances, region, digest, ...limits });
    for (const { instanceId } of changes) {
      if (this.#waiting.has(instanceId)) this.#verdicts.set(instanceId, verdict);
    }
    return admitted;
  }
}
