/**
 * The change budget of one scope, see `core/budget.ts`: grants the changes that fit, or that somebody approved. It decides
 * when the present turn of the event loop ends, so that what was read together is decided together.
 */
import type { InstanceId } from '../../api/ids.ts';
import { changeLimit, decideSets, setSize, tenantLimits } from '../../core/budget.ts';
import { deferredResult, refusedResult } from '../../core/budget-result.ts';
import type { GuardVerdict } from '../../core/guard-port.ts';
import { type Scope, scopeKey } from '../../core/model.ts';
import { type PlanChange, sameChange } from '../../core/plan-change.ts';
import type { BlastRadius } from '../../core/policy.ts';
import type { Tenancy } from '../../core/tenancy.ts';
import { type Clock, wallAt } from '../../runtime/clock.ts';
import { Deadlines } from '../../runtime/deadlines.ts';
import type { ScopeClaims } from '../scope/scope-claims.ts';
import type { Approvals, BoundChange } from './approvals.ts';
import type { Budget, BudgetRequest } from './budget.ts';
import { type ChangeSet, ChangeSets, setKind } from './change-sets.ts';
import type { FleetSizes } from './fleet-sizes.ts';
import { type Grant, Grants } from './grants.ts';

export interface ChangeBudgetOptions {
  readonly scope: Scope;
  /** Absent: everything is granted. */
  readonly blastRadius: BlastRadius | undefined;
  readonly tenancy: Tenancy;
  readonly approvals: Approvals;
  /** Of all scopes. */
  readonly sizes: FleetSizes;
  readonly claims: ScopeClaims;
  readonly clock: Clock;
  /** What was decided about these has changed: reconcile them again. */
  readonly changed: (ids: Iterable<InstanceId>) => void;
}

const DECISION = 'decision';
/** What other scopes would change for the same revision is looked at again after this long. */
const LOOK_AGAIN_MS = 1_000;

export class ChangeBudget implements Budget {
  readonly #options: ChangeBudgetOptions;
  readonly #key: string;
  readonly #sets: ChangeSets;
  /** What would change and is not granted. */
  readonly #waiting = new Map<InstanceId, PlanChange>();
  readonly #grants = new Grants();
  readonly #results = new Map<InstanceId, GuardVerdict>();
  readonly #timer: Deadlines<typeof DECISION>;
  #decisionQueued = false;

  constructor(options: ChangeBudgetOptions) {
    this.#options = options;
    this.#key = scopeKey(options.scope);
    this.#sets = new ChangeSets(options.blastRadius?.periodMs ?? 0);
    this.#timer = new Deadlines(options.clock, () => this.decide());
  }

  remember(id: InstanceId, tenant: string, atMs: number): void {
    this.#grants.remember(id, { tenant, atMs });
  }

  expect(ids: readonly InstanceId[]): void {
    const { blastRadius, claims, clock, tenancy } = this.#options;
    for (const id of ids) {
      this.#forget(id);
      const claim = claims.of(id);
      if (blastRadius === undefined || claim === undefined) continue;
      const cause = claim.restores ? 'restored' : 'declared';
      this.#sets.expect(id, setKind(claim.winner, cause, tenancy.tenantOf(claim.winner)), clock.now());
    }
    this.#report();
  }

  unreadable(id: InstanceId): void {
    if (this.#sets.stopAwaiting(id)) this.#queueDecision();
  }

  request({ id, binding, from, cause }: BudgetRequest): boolean {
    const { scope, clock, blastRadius, tenancy } = this.#options;
    const change: PlanChange = { scope, instanceId: id, from, to: binding.sgIds };
    if (this.#grants.get(id, change) !== undefined) return true;
    const tenant = tenancy.tenantOf(binding);
    if (blastRadius === undefined) {
      this.#grants.grant(id, change, { tenant, authority: '' });
      return true;
    }
    if (sameChange(this.#waiting.get(id), change) && this.#results.has(id)) return false;
    this.#sets.want(id, setKind(binding, cause, tenant), clock.now());
    this.#waiting.set(id, change);
    this.#queueDecision();
    return false;
  }

  grant(id: InstanceId, change: Pick<PlanChange, 'from' | 'to'>): Grant | undefined {
    return this.#grants.get(id, change);
  }

  sent(id: InstanceId): void {
    this.#grants.sent(id, this.#options.clock.now());
  }

  /** The write changed nothing. @param terminal whether it is given up for long: until then it takes nothing from others. */
  failed(id: InstanceId, terminal: boolean): void {
    this.#grants.unchanged(id);
    if (terminal) this.withdraw(id);
  }

  made(id: InstanceId): void {
    this.#options.approvals.made(this.#key, id);
    this.withdraw(id);
  }

  withdraw(id: InstanceId): void {
    const known = this.#sets.of(id) !== undefined || this.#waiting.has(id) || this.#grants.has(id);
    if (!known) return;
    this.#forget(id);
    this.#queueDecision();
  }

  result(id: InstanceId): GuardVerdict | undefined {
    return this.#results.get(id);
  }

  reconsider(): void {
    const { scope, approvals, changed } = this.#options;
    const revoked = this.#grants.revoke((instanceId, change) => {
      const bound = this.#bound({ ...change, scope, instanceId });
      return bound !== undefined && approvals.authority(bound) !== undefined;
    });
    if (revoked.length > 0) changed(revoked);
    if (this.#waiting.size > 0) this.#queueDecision();
  }

  close(): void {
    this.#timer.close();
  }

  /** A change with the binding in whose name it would be made; undefined when nobody claims the instance. */
  #bound(change: PlanChange): BoundChange | undefined {
    const binding = this.#options.claims.of(change.instanceId)?.winner;
    return binding && { ...change, binding };
  }

  #forget(id: InstanceId): void {
    const changed = this.#grants.end(id);
    this.#sets.drop(id, this.#options.clock.now(), changed);
    this.#waiting.delete(id);
    this.#results.delete(id);
  }

  #queueDecision(): void {
    if (this.#decisionQueued || this.#options.blastRadius === undefined) return;
    this.#decisionQueued = true;
    queueMicrotask(() => {
      this.#decisionQueued = false;
      this.decide();
    });
  }

  decide(): void {
    const { blastRadius, sizes } = this.#options;
    if (blastRadius === undefined) return;
    this.#report();
    if (this.#waiting.size === 0) return;
    const before = new Map(this.#results);
    const granted = new Set<InstanceId>(this.#grantApproved());
    const limits = tenantLimits(blastRadius, sizes.inScope(this.#key));
    const byTenant = Map.groupBy(this.#sets, ({ tenant }) => tenant);
    for (const [tenant, sets] of byTenant) {
      const limit = limits.get(tenant) ?? changeLimit(blastRadius, 0);
      for (const id of this.#decideFor(tenant, sets, blastRadius, limit)) granted.add(id);
    }
    const changed = new Set(granted);
    for (const id of new Set([...before.keys(), ...this.#results.keys()])) {
      if (before.get(id)?.message !== this.#results.get(id)?.message) changed.add(id);
    }
    if (changed.size > 0) this.#options.changed(changed);
  }

  /** Decides about the sets of one tenant; returns what is granted. */
  #decideFor(
    tenant: string,
    sets: readonly ChangeSet[],
    blastRadius: BlastRadius,
    limit: number,
  ): InstanceId[] {
    const { clock, sizes, scope } = this.#options;
    const { periodMs } = blastRadius;
    const context = {
      limit,
      revisionLimit: changeLimit(blastRadius, sizes.inAll(tenant)),
      periodMs,
      used: this.#grants.used(tenant, clock.now(), periodMs),
      elsewhere: ({ name }: ChangeSet) => sizes.elsewhere(this.#key, `${tenant} ${name}`),
    };
    const decisions = [...decideSets(sets, context)];
    const granted = decisions.flatMap(([set, { kind }]) => (kind === 'grant' ? this.#grantSet(set) : []));
    for (const [set, { kind }] of decisions) {
      if (kind === 'wait') for (const id of set.pending) this.#results.delete(id);
      const { known, unread } = context.elsewhere(set);
      if (kind !== 'grant' && known + unread > 0) this.#timer.sooner(DECISION, clock.now() + LOOK_AGAIN_MS);
    }
    const owner = { tenant, region: scope.region, limit };
    const refused = decisions.filter(([, { kind }]) => kind === 'refuse').map(([set]) => set);
    const everywhere = Math.max(
      0,
      ...decisions.map(([, one]) => (one.kind === 'refuse' ? one.everywhere : 0)),
    );
    const instances = sizes.inScope(this.#key).get(tenant) ?? 0;
    const { revisionLimit } = context;
    const approved = this.#hold(refused, (digest, changes) =>
      refusedResult({ ...owner, digest, changes, instances, everywhere, revisionLimit }),
    );
    for (const [set, decision] of decisions) {
      if (decision.kind !== 'defer') continue;
      this.#timer.sooner(DECISION, decision.untilMs);
      const untilMs = wallAt(clock, decision.untilMs);
      approved.push(...this.#hold([set], (digest) => deferredResult({ ...owner, digest }, untilMs)));
    }
    return [...granted, ...approved];
  }

  /** Holds sets back together, unless they turn out to be approved; returns what is granted. */
  #hold(
    sets: readonly ChangeSet[],
    resultOf: (digest: string, changes: number) => GuardVerdict,
  ): InstanceId[] {
    const waiting = sets.flatMap(({ pending }) => [...pending]).flatMap((id) => this.#waiting.get(id) ?? []);
    const changes = waiting.flatMap((change) => this.#bound(change) ?? []);
    if (changes.length === 0) return [];
    const named = changes.flatMap(({ binding }) => binding.approvedPlan ?? []);
    const { digest, held } = this.#options.approvals.refuse(changes, named);
    const granted = held ? this.#grantApproved() : [];
    const result = resultOf(digest, changes.length);
    for (const { instanceId } of changes) {
      if (this.#waiting.has(instanceId)) this.#results.set(instanceId, result);
    }
    return granted;
  }

  /** Tells the other scopes what revisions would change here. */
  #report(): void {
    const named = [...this.#sets].filter((set) => set.named);
    const present = new Map(named.map((set) => [`${set.tenant} ${set.name}`, setSize(set)]));
    this.#options.sizes.report(this.#key, present);
  }

  #grantApproved(): InstanceId[] {
    const { approvals, clock, tenancy } = this.#options;
    return [...this.#waiting].flatMap(([id, change]) => {
      const bound = this.#bound(change);
      const authority = bound && approvals.authority(bound);
      if (bound === undefined || authority === undefined) return [];
      this.#sets.drop(id, clock.now());
      return this.#grant(id, change, { tenant: tenancy.tenantOf(bound.binding), authority });
    });
  }

  #grantSet(set: ChangeSet): InstanceId[] {
    return [...set.pending].flatMap((id) => {
      const change = this.#waiting.get(id);
      if (change === undefined) return [];
      this.#sets.spend(id);
      return this.#grant(id, change, { tenant: set.tenant, authority: '' });
    });
  }

  #grant(id: InstanceId, change: PlanChange, by: Pick<Grant, 'tenant' | 'authority'>): InstanceId[] {
    this.#waiting.delete(id);
    this.#results.delete(id);
    this.#grants.grant(id, change, by);
    return [id];
  }
}
