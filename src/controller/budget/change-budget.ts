/**
 * The change budget of one scope, see `core/budget.ts`: grants the changes that fit, or that somebody approved. It decides
 * when the present turn of the event loop ends, so that what was read together is decided together.
 *
 * Where very many changes wait, that turn decides what may go on and what is held back, and a look in steps does the rest:
 * it finds the digest of what is held back, and what of it is approved. A look begins some seconds after the one before,
 * because all that waits is looked at each time.
 */
import type { Approval } from '../../api/approval.ts';
import type { InstanceId } from '../../api/ids.ts';
import { allAtOnce } from '../../api/steps.ts';
import { changeLimit, decideSets, setSize, tenantLimits } from '../../core/budget.ts';
import type { GuardResult } from '../../core/guard-port.ts';
import { type Scope, scopeKey } from '../../core/model.ts';
import { type PlanChange, sameChange } from '../../core/plan.ts';
import type { BlastRadius } from '../../core/policy.ts';
import type { Tenancy } from '../../core/tenancy.ts';
import type { Clock } from '../../runtime/clock.ts';
import { Deadlines } from '../../runtime/deadlines.ts';
import { eachPortion } from '../../runtime/portions.ts';
import { StepQueue } from '../../runtime/step-queue.ts';
import type { ScopeClaims } from '../restoration/scope-claims.ts';
import type { Approvals, BoundChange } from './approvals.ts';
import type { Budget, BudgetRequest } from './budget.ts';
import {
  type ChangeSet,
  ChangeSets,
  type HeldBack,
  heldBack,
  heldResult,
  setKind,
  type WaitingChange,
} from './change-sets.ts';
import type { FleetSizes } from './fleet-sizes.ts';
import { type Grant, type GrantedChange, Grants } from './grants.ts';
import { planDigest, planDigestInSteps } from './plan-digest.ts';

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
  /** What is declared, and not taken in yet: nothing is decided before it is empty. */
  readonly updates: Pick<StepQueue, 'size'>;
  /** What was decided about these has changed: reconcile them again. */
  readonly changed: (ids: Iterable<InstanceId>) => void;
}

const DECISION = 'decision';
const LOOK = 'look';
/** What other scopes would change for the same revision is looked at again after this long. */
const LOOK_AGAIN_MS = 1_000;
/** So many changes that wait are looked at in one step. */
const AT_ONCE = 2_000;
/** Pause between two looks at more than that. */
const LOOK_PAUSE_MS = 5_000;

/** Of a policy without one. */
const UNLIMITED: BlastRadius = { share: 1, count: Number.MAX_SAFE_INTEGER, periodMs: 0 };

/** Is told of instances about which something else was decided. */
type Changed = (ids: Iterable<InstanceId>) => void;

export class ChangeBudget implements Budget {
  readonly #options: ChangeBudgetOptions;
  readonly #key: string;
  readonly #sets: ChangeSets;
  /** What would change and is not granted. */
  readonly #waiting = new Map<InstanceId, WaitingChange>();
  readonly #grants = new Grants();
  readonly #results = new Map<InstanceId, GuardResult>();
  readonly #timer: Deadlines<typeof DECISION | typeof LOOK>;
  #decisionQueued = false;
  /** What the last decision holds back. */
  #held: readonly HeldBack[] = [];
  /** A look at it, where that comes in steps. */
  readonly #looks: StepQueue;
  #nextLookMs = 0;

  constructor(options: ChangeBudgetOptions) {
    this.#options = options;
    this.#key = scopeKey(options.scope);
    this.#sets = new ChangeSets(options.blastRadius?.periodMs ?? 0);
    this.#timer = new Deadlines(options.clock, (due) => {
      if (due.includes(LOOK)) this.#look();
      if (due.includes(DECISION)) this.resume();
    });
    this.#looks = new StepQueue(options.clock);
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
      this.#sets.expect(id, setKind(claim.owner, cause, tenancy.tenantOf(claim.owner)), clock.now());
    }
    this.#report();
  }

  unreadable(id: InstanceId): void {
    if (this.#sets.stopAwaiting(id)) this.#queueDecision();
  }

  request({ id, binding, from, cause, needsApproval, urgent = false }: BudgetRequest): boolean {
    const { scope, clock, blastRadius, tenancy } = this.#options;
    const change: WaitingChange = { scope, instanceId: id, from, to: binding.sgIds, needsApproval };
    if (this.#grants.get(id, change) !== undefined) return true;
    const tenant = tenancy.tenantOf(binding);
    if (needsApproval === undefined && (urgent || blastRadius === undefined)) {
      this.#sets.drop(id, clock.now());
      this.#grant(id, change, { tenant });
      return true;
    }
    const waiting = this.#waiting.get(id);
    const isSame = sameChange(waiting, change) && waiting?.needsApproval === needsApproval;
    if (isSame && this.#results.has(id)) return false;
    const exposed = needsApproval !== undefined;
    this.#sets.want(id, { ...setKind(binding, cause, tenant), exposed }, clock.now());
    // What was granted before an approval was needed is granted no more.
    if (exposed) this.#grants.end(id);
    this.#waiting.set(id, change);
    this.#queueDecision();
    return false;
  }

  grant(id: InstanceId, change: GrantedChange): Grant | undefined {
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

  result(id: InstanceId): GuardResult | undefined {
    return this.#results.get(id);
  }

  reconsider(): void {
    const { scope, approvals, changed } = this.#options;
    const revoked = this.#grants.revoke((instanceId, change) => {
      const bound = this.#bound({ ...change, scope, instanceId });
      return bound !== undefined && approvals.permit(bound) !== undefined;
    });
    if (revoked.length > 0) changed(revoked);
    if (this.#waiting.size > 0) this.#queueDecision();
  }

  close(): void {
    this.#timer.close();
    this.#looks.close();
  }

  /** A change with the binding in whose name it would be made; undefined when nobody claims the instance. */
  #bound(change: PlanChange): BoundChange | undefined {
    const binding = this.#options.claims.of(change.instanceId)?.owner;
    return binding && { ...change, binding };
  }

  #forget(id: InstanceId): void {
    const tenant = this.#sets.of(id)?.tenant;
    const changed = tenant !== undefined && this.#grants.wasChanged(id, tenant);
    this.#grants.end(id);
    this.#sets.drop(id, this.#options.clock.now(), changed);
    this.#waiting.delete(id);
    this.#results.delete(id);
  }

  #queueDecision(): void {
    if (this.#decisionQueued) return;
    this.#decisionQueued = true;
    queueMicrotask(() => {
      this.#decisionQueued = false;
      this.resume();
    });
  }

  decide(): void {
    if (!this.#mayDecide()) return;
    const changed = new Set<InstanceId>();
    const note: Changed = (ids) => {
      for (const id of ids) changed.add(id);
    };
    allAtOnce(this.#grantApproved(note));
    this.#decideSets(note);
    allAtOnce(this.#tellHeld(note));
    if (changed.size > 0) this.#options.changed(changed);
  }

  resume(): void {
    if (this.#waiting.size <= AT_ONCE) return this.decide();
    if (!this.#mayDecide()) return;
    this.#decideSets(this.#options.changed);
    if (this.#looks.size === 0) this.#timer.sooner(LOOK, this.#nextLookMs);
  }

  /** Whether there is something to decide, and all of what is declared is known. */
  #mayDecide(): boolean {
    if (this.#options.updates.size > 0) return false;
    this.#report();
    return this.#waiting.size > 0;
  }

  #look(): void {
    if (this.#looks.size === 0) void this.#looks.add(this.#lookInSteps());
  }

  *#lookInSteps(): Generator<void, void> {
    const { changed, clock } = this.#options;
    if (!this.#mayDecide()) return;
    if (yield* this.#grantApproved(changed)) this.#decideSets(changed);
    const looked = this.#held;
    yield* this.#tellHeld(changed);
    this.#nextLookMs = clock.now() + LOOK_PAUSE_MS;
    // Something was decided meanwhile.
    if (this.#held !== looked) this.#timer.sooner(LOOK, this.#nextLookMs);
  }

  /** Decides what of all that waits may go on, in one step. */
  #decideSets(changed: Changed): void {
    const { blastRadius = UNLIMITED, sizes } = this.#options;
    const limits = tenantLimits(blastRadius, sizes.inScope(this.#key));
    const byTenant = Map.groupBy(this.#sets, ({ tenant }) => tenant);
    const decided = [...byTenant].map(([tenant, sets]) => {
      const limit = limits.get(tenant) ?? changeLimit(blastRadius, 0);
      return this.#decideFor(tenant, sets, blastRadius, limit);
    });
    this.#held = decided.flatMap(({ held }) => held);
    changed(decided.flatMap((one) => one.changed));
  }

  /** Decides about the sets of one tenant; returns what is held back, and about which instances something else is decided. */
  #decideFor(
    tenant: string,
    sets: readonly ChangeSet[],
    blastRadius: BlastRadius,
    limit: number,
  ): { readonly held: readonly HeldBack[]; readonly changed: readonly InstanceId[] } {
    const { clock, sizes, scope } = this.#options;
    const { periodMs } = blastRadius;
    const context = {
      limit,
      revisionLimit: changeLimit(blastRadius, sizes.inAll(tenant)),
      periodMs,
      used: this.#grants.used(tenant, clock.now(), periodMs),
      elsewhere: ({ name }: ChangeSet) => sizes.elsewhere(this.#key, `${tenant} ${name}`),
    };
    const ordinary = sets.filter((set) => !set.exposed);
    const exposed = sets.filter((set) => set.exposed && set.pending.size > 0);
    const decisions = [...decideSets(ordinary, context)];
    const changed = decisions.flatMap(([set, { kind }]) => (kind === 'grant' ? this.#grantSet(set) : []));
    for (const [set, { kind }] of decisions) {
      if (kind === 'wait') for (const id of set.pending) if (this.#results.delete(id)) changed.push(id);
      const { known, unread } = context.elsewhere(set);
      if (kind !== 'grant' && known + unread > 0) this.#timer.sooner(DECISION, clock.now() + LOOK_AGAIN_MS);
    }
    for (const [, decision] of decisions)
      if (decision.kind === 'defer') this.#timer.sooner(DECISION, decision.untilMs);
    const { revisionLimit } = context;
    const instances = sizes.inScope(this.#key).get(tenant) ?? 0;
    const budget = { tenant, region: scope.region, limit, instances, revisionLimit };
    const held = heldBack(decisions, exposed, { budget, clock });
    return { held, changed };
  }

  /** Sets the result of the changes that are held back, unless they turn out to be approved. */
  *#tellHeld(changed: Changed): Generator<void, void> {
    for (const held of this.#held) yield* this.#tell(held, changed);
  }

  *#tell(held: HeldBack, changed: Changed): Generator<void, void> {
    const { approvals, updates } = this.#options;
    const changes: BoundChange[] = [];
    const named: Approval[] = [];
    const pending = held.sets.flatMap((set) => [...set.pending]);
    yield* eachPortion(pending, AT_ONCE, (ids) => {
      for (const id of ids) {
        const change = this.#waiting.get(id);
        const bound = change && this.#bound(change);
        if (bound === undefined) continue;
        changes.push(bound);
        if (bound.binding.approvedPlan !== undefined) named.push(bound.binding.approvedPlan);
      }
    });
    if (changes.length === 0) return;
    const isFew = changes.length <= AT_ONCE;
    const digest = isFew ? planDigest(changes) : yield* planDigestInSteps(changes);
    if (updates.size > 0) return;
    if (approvals.refuse(digest, changes, named)) yield* this.#grantApproved(changed);
    const plan = { digest, changes: changes.length };
    yield* eachPortion(changes, AT_ONCE, (portion) => changed(this.#holdBack(held, portion, plan)));
  }

  /** Returns the instances whose result is new. A change that is not held back any more was decided meanwhile, and is skipped. */
  #holdBack(
    held: HeldBack,
    changes: readonly BoundChange[],
    plan: { readonly digest: string; readonly changes: number },
  ): InstanceId[] {
    const present = new Set(this.#held.flatMap(({ sets }) => sets));
    // Whoever is told the same shares it: a fleet may be held back as a whole.
    const said = new Map<string | undefined, GuardResult>();
    return changes.flatMap(({ instanceId: id }) => {
      const set = this.#sets.of(id);
      const waiting = this.#waiting.get(id);
      if (set === undefined || !present.has(set) || waiting === undefined) return [];
      const result = said.get(waiting.needsApproval) ?? heldResult(held, plan, waiting);
      said.set(waiting.needsApproval, result);
      const before = this.#results.get(id)?.message;
      this.#results.set(id, result);
      return before === result.message ? [] : [id];
    });
  }

  /** Tells the other scopes what revisions would change here. */
  #report(): void {
    const named = [...this.#sets].filter((set) => set.named && !set.exposed);
    const present = new Map(named.map((set) => [`${set.tenant} ${set.name}`, setSize(set)]));
    this.#options.sizes.report(this.#key, present);
  }

  /** Grants what somebody approved. Returns whether there is any such change. */
  *#grantApproved(changed: Changed): Generator<void, boolean> {
    const { approvals, clock, tenancy, updates } = this.#options;
    if (!approvals.covers(this.#key)) return false;
    let isAny = false;
    yield* eachPortion([...this.#waiting], AT_ONCE, (portion) => {
      if (updates.size > 0) return;
      const granted = portion.flatMap(([id, change]) => {
        const bound = this.#waiting.get(id) === change ? this.#bound(change) : undefined;
        const permit = bound && approvals.permit(bound);
        if (bound === undefined || permit === undefined) return [];
        this.#sets.drop(id, clock.now());
        return this.#grant(id, change, { tenant: tenancy.tenantOf(bound.binding), permit });
      });
      isAny ||= granted.length > 0;
      changed(granted);
    });
    return isAny;
  }

  #grantSet(set: ChangeSet): InstanceId[] {
    return [...set.pending].flatMap((id) => {
      const change = this.#waiting.get(id);
      if (change === undefined) return [];
      this.#sets.spend(id);
      return this.#grant(id, change, { tenant: set.tenant });
    });
  }

  #grant(id: InstanceId, change: PlanChange, by: Pick<Grant, 'tenant' | 'permit'>): InstanceId[] {
    this.#waiting.delete(id);
    this.#results.delete(id);
    this.#grants.grant(id, change, by);
    return [id];
  }
}
