/**
 * Which plans somebody approved. An approval names a digest; it holds when that is the digest of what a scope refuses
 * at that moment, and from then on for exactly those changes: what differs later is another plan.
 *
 *   named (a file, an annotation) -> held (the digest fits: its changes are known) -> used up, or over after a day
 *
 * A used-up approval is remembered: when the same plan comes up again, somebody has to look again. Where the policy says
 * so, an approval counts only for what an earlier revision brought, from being named until its last change is made.
 */
import { hash } from 'node:crypto';
import { type Approval, approvalText } from '../../api/approval.ts';
import type { InstanceId } from '../../api/ids.ts';
import { messageOf } from '../../api/message-of.ts';
import type { Permit } from '../../api/permit.ts';
import { instantMs } from '../../api/spec-time.ts';
import { type Binding, scopeKey } from '../../core/model.ts';
import { type PlanChange, sameChange } from '../../core/plan.ts';
import type { Journal } from '../../ports/journal.ts';
import type { Source } from '../../ports/source.ts';
import type { ApprovalStore, HeldApproval } from '../../ports/store.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';

/** An approval that is older, or whose changes were not made in this time, is over. */
const VALID_MS = 24 * 3_600_000;
/** How far the clock of whoever approves may be ahead: an approval from further in the future does not count yet. */
const SKEW_MS = 300_000;
/** Used approvals that are remembered. */
const REMEMBERED = 1_000;

export interface ApprovalsOptions {
  readonly store: ApprovalStore;
  readonly journal: Pick<Journal, 'recent'>;
  readonly clock: Clock;
  readonly log: Log;
  /** They give approvals for everything they declare, and know what came when. */
  readonly sources: readonly Pick<Source, 'approvals' | 'broughtIn'>[];
  /** Whether an approval has to come in a later revision than what it approves. */
  readonly laterRevision: boolean;
}

/** A change, and the binding in whose name it would be made. */
export type BoundChange = PlanChange & { readonly binding: Binding };

export class Approvals {
  readonly #options: ApprovalsOptions;
  /** What still has changes to make, and what is used up. */
  readonly #held: HeldApproval[] = [];
  readonly #order: LaterRevision;

  constructor(options: ApprovalsOptions) {
    this.#options = options;
    this.#order = new LaterRevision(options);
    this.#held.push(...options.store.approvals());
    for (const old of this.#held.splice(0, this.#held.length - REMEMBERED)) {
      this.#store(() => options.store.dropApproval(old));
    }
    this.#recallMade();
  }

  /** What an earlier process has changed for an approval is used up, although others of its changes are not made yet. */
  #recallMade(): void {
    const open = this.#held.filter(({ changes }) => changes.size > 0);
    if (open.length === 0) return;
    const sinceMs = Math.min(...open.map(({ heldMs }) => heldMs));
    for (const { instanceId, scope, permit, outcome, intendedMs } of this.#options.journal.recent(sinceMs)) {
      if (outcome !== 'accepted' && outcome !== 'settled-applied') continue;
      const held = open.find(
        (one) =>
          one.scope === scopeKey(scope) &&
          permit?.approvedBy?.digest === one.digest &&
          intendedMs >= one.heldMs,
      );
      if (held?.changes.delete(instanceId) && held.changes.size === 0) this.#end(held);
    }
  }

  /** What lets this change pass; undefined when nobody approved it. */
  permit(change: BoundChange): Permit | undefined {
    const own = change.binding.approvedPlan;
    const wallMs = this.#options.clock.wall();
    const scope = scopeKey(change.scope);
    const held = this.#held.find(
      (one) =>
        one.changes.size > 0 &&
        one.scope === scope &&
        wallMs - one.heldMs < VALID_MS &&
        sameChange(one.changes.get(change.instanceId), change) &&
        (one.everyBinding ? this.#stands(one) : own?.digest === one.digest) &&
        this.#order.isAfter(one, [change]),
    );
    if (held === undefined) return undefined;
    if (held.everyBinding || own === undefined) return { approvedBy: givenOf(held) };
    const isObject = change.binding.origin.kind === 'kubernetes';
    return { approvedBy: givenOf(isObject ? { saidBy: 'object', ...own } : own) };
  }

  /** Whether an approved plan of a scope still has changes to make. */
  covers(scope: string): boolean {
    return this.#held.some((one) => one.scope === scope && one.changes.size > 0);
  }

  /**
   * What a scope refuses at present. Returns whether an approval names it, which then holds.
   * @param digest of the plan that these changes are.
   * @param changes every refused change of one scope.
   * @param named the approvals that bindings of these changes name.
   */
  refuse(digest: string, changes: readonly BoundChange[], named: readonly Approval[]): boolean {
    const [first] = changes;
    if (first === undefined) return false;
    const scope = scopeKey(first.scope);
    const fits = (one: Approval) =>
      one.digest === digest && this.#isFresh(one, scope) && this.#order.isAfterOrReported(one, changes);
    const whole = this.#given().find(fits);
    const partly = named.find(fits);
    const approval = whole ?? partly;
    if (approval === undefined) return false;
    this.#hold({
      ...approval,
      scope,
      everyBinding: whole !== undefined,
      heldMs: this.#options.clock.wall(),
      changes: new Map(changes.map(({ instanceId, from, to }) => [instanceId, { from, to }])),
    });
    return true;
  }

  /** The digest of a sudden change of members, and who approved it. @param text says which binding would select what. */
  selection(text: string, binding: Binding): { readonly digest: string; readonly by?: string } {
    const digest = `sha256:${hash('sha256', text, 'hex')}`;
    const given = [...this.#given(), ...(binding.approvedPlan === undefined ? [] : [binding.approvedPlan])];
    const scope = scopeKey(binding.scope);
    const approval = given.find(
      (one) =>
        one.digest === digest &&
        this.#isFresh(one, scope) &&
        this.#order.isAfterOrReported(one, [{ binding }]),
    );
    if (approval === undefined) return { digest };
    const { by } = approval;
    const heldMs = this.#options.clock.wall();
    // Used up at once: should the same members come and go again, somebody has to look again.
    this.#keep({ ...approval, scope, everyBinding: false, heldMs, changes: new Map() });
    return { digest, by: by || 'somebody' };
  }

  /** The change was made and read back: it is used up. */
  made(scope: string, id: InstanceId): void {
    for (const held of this.#held) {
      if (held.scope !== scope || !held.changes.delete(id)) continue;
      if (held.changes.size === 0) this.#end(held);
    }
  }

  /** The text of a binding's own approval when it was taken up, and covers nothing anew. */
  handledBy({ approvedPlan, scope }: Binding): string | undefined {
    const isHandled = approvedPlan !== undefined && this.#isHandled(approvedPlan, scopeKey(scope));
    return isHandled ? approvalText(approvedPlan) : undefined;
  }

  #isHandled({ digest, by, at, handled }: Approval, scope: string): boolean {
    if (handled === true) return true;
    const held = this.#held.find((one) => one.digest === digest && one.scope === scope);
    return held !== undefined && held.at === at && held.by === by;
  }

  /** Whether an approval was not taken up yet, and is not too old. */
  #isFresh(approval: Approval, scope: string): boolean {
    if (this.#isHandled(approval, scope)) return false;
    const ageMs = this.#options.clock.wall() - instantMs(approval.at);
    return ageMs < VALID_MS && ageMs > -SKEW_MS;
  }

  /** Whether the sources still give it: an approval that was taken away covers no further change. */
  #stands(held: HeldApproval): boolean {
    return this.#options.sources.some((source) => {
      const given = source.approvals?.();
      return given !== undefined && identities(given).has(identity(held));
    });
  }

  /** What the sources give for everything they declare. */
  #given(): Approval[] {
    return this.#options.sources.flatMap((source) => [...source.approvals()]);
  }

  #hold(held: HeldApproval): void {
    const { digest, scope, by, at, reason } = held;
    const why = reason === undefined ? {} : { reason };
    const fields = { scope, digest, by, at, ...why, instances: held.changes.size };
    this.#options.log.info(fields, 'a plan was approved; exactly its changes may pass the blast radius');
    this.#keep(held);
  }

  /** In the place of an older one of the same plan. */
  #keep(held: HeldApproval): void {
    const present = this.#held.findIndex((one) => one.digest === held.digest && one.scope === held.scope);
    if (present >= 0) this.#held.splice(present, 1);
    this.#held.push(held);
    this.#store(() => this.#options.store.holdApproval(held));
  }

  #end(held: HeldApproval): void {
    this.#options.log.info(
      { scope: held.scope, digest: held.digest },
      'every change of an approved plan is made',
    );
    this.#store(() => this.#options.store.holdApproval(held));
  }

  #store(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#options.log.error({ error: messageOf(error) }, 'an approval could not be recorded');
    }
  }
}

/** Of each list that a source gave: a plan of many changes asks for it once a change. */
const IDENTITIES = new WeakMap<readonly Approval[], ReadonlySet<string>>();

function identities(given: readonly Approval[]): ReadonlySet<string> {
  const known = IDENTITIES.get(given) ?? new Set(given.map(identity));
  IDENTITIES.set(given, known);
  return known;
}

function identity({ digest, by, at }: Approval): string {
  return JSON.stringify([digest, by, at]);
}

/** What is kept with each write that it lets pass. */
function givenOf({ digest, by, at, reason, saidBy }: Approval): NonNullable<Permit['approvedBy']> {
  return {
    ...{ digest, by, at },
    ...(reason === undefined ? {} : { reason }),
    ...(saidBy === undefined ? {} : { saidBy }),
  };
}

// Checks that approvals came in a later revision than what they approve, and says when one did not.

interface LaterRevisionOptions {
  readonly sources: readonly Pick<Source, 'broughtIn'>[];
  readonly log: Log;
  /** Without it every approval counts, whenever it came. */
  readonly laterRevision: boolean;
}

/** What would be changed in the name of a binding: an instance, or its members without one. */
interface BoundInstance {
  readonly instanceId?: InstanceId;
  readonly binding: Binding;
}

class LaterRevision {
  readonly #options: LaterRevisionOptions;
  /** Approvals of which was told that they came too early. */
  readonly #reported = new Set<string>();

  constructor(options: LaterRevisionOptions) {
    this.#options = options;
  }

  /** Whether an approval came after everything that it approves. In a source without revisions it always did. */
  isAfter({ acceptedIn }: Approval, changes: readonly BoundInstance[]): boolean {
    if (!this.#options.laterRevision || acceptedIn === undefined) return true;
    return changes.every((change) => this.#broughtIn(change) < acceptedIn);
  }

  /** The same, and says once of an approval that it came too early. */
  isAfterOrReported(approval: Approval, changes: readonly BoundInstance[]): boolean {
    if (this.isAfter(approval, changes)) return true;
    const { digest, by, at } = approval;
    const text = approvalText(approval);
    if (this.#reported.has(text)) return false;
    this.#reported.add(text);
    this.#options.log.warn(
      { digest, by, at },
      `the approval of ${digest} came in no later revision than what it approves, so it does not count; publish one that is made after the change`,
    );
    return false;
  }

  #broughtIn({ binding, instanceId }: BoundInstance): number {
    for (const source of this.#options.sources) {
      const number = source.broughtIn(binding, instanceId);
      if (number !== undefined) return number;
    }
    return binding.acceptedIn ?? 0;
  }
}
