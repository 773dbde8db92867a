/** Where everything that is claimed stands, from what was read last. */
import type { BindingKey, InstanceId } from '../../api/ids.ts';
import type { Claim } from '../../core/claim.ts';
import type { ClaimIndex } from '../../core/claim-index.ts';
import { DEFAULT_GUARD_RULES } from '../../core/guard-port.ts';
import { type InstanceStatus, instanceStatus, isPlainlyInSync } from '../../core/instance-status.ts';
import { type GroupList, type SelectionProblem, scopeKey } from '../../core/model.ts';
import { type PlanRow, planRow, refusedRow } from '../../core/plan-row.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Restorations } from '../restoration/restorations.ts';
import type { ScopeController } from '../scope/scope-controller.ts';
import type { Scopes } from '../scope/scopes.ts';

/** Sweeps that may fail before an instance that was in sync counts as unknown. */
const TRUSTED_SWEEPS = 3;

/** An instance that left its binding, and where it stands on its way back to its original list. */
export interface RestoringInstance {
  readonly original: GroupList;
  readonly status: InstanceStatus;
}

export interface StatusViewOptions {
  readonly claims: ClaimIndex;
  readonly restorations: Pick<Restorations, 'claim' | 'of'>;
  readonly scopes: Scopes;
  readonly clock: Clock;
  readonly sweepIntervalMs: number;
}

export class StatusView {
  readonly #options: StatusViewOptions;

  constructor(options: StatusViewOptions) {
    this.#options = options;
  }

  /** Where an instance stands, as one of its claimants sees it, or the binding that gives it its list back. */
  status(binding: BindingKey, instanceId: InstanceId): InstanceStatus {
    const { claims, scopes, clock, sweepIntervalMs } = this.#options;
    const claim = claims.claimOf(instanceId, binding) ?? this.#restoring(binding, instanceId);
    const named = claim === undefined ? claims.bindings.get(binding) : undefined;
    if (named?.instanceIds.includes(instanceId))
      return refused(instanceId, claims.refusal(instanceId, named));
    const scope = claim && scopes.get(scopeKey(claim.owner.scope));
    return instanceStatus(instanceId, scope?.records.get(instanceId), {
      binding,
      claim,
      rules: scope?.rules() ?? DEFAULT_GUARD_RULES,
      problem: scope?.problem ?? {},
      nowMs: clock.now(),
      wallMs: clock.wall(),
      trustMs: TRUSTED_SWEEPS * (claim?.owner.intervalMs ?? sweepIntervalMs),
    });
  }

  #restoring(binding: BindingKey, instanceId: InstanceId): Claim | undefined {
    const claim = this.#options.restorations.claim(instanceId);
    return claim?.owner.key === binding ? claim : undefined;
  }

  /** The instances that left a binding and get their lists back, sorted by id. */
  restoring(key: BindingKey): readonly RestoringInstance[] {
    const { restorations } = this.#options;
    return (restorations.of(key) ?? []).map(({ instanceId, original }) => {
      const waits = restorations.claim(instanceId) === undefined;
      return { original, status: waits ? notBegun(instanceId) : this.status(key, instanceId) };
    });
  }

  /** Whether an instance is in sync, as one of its claimants sees it. */
  isInSync(binding: BindingKey, instanceId: InstanceId): boolean {
    const { claims, scopes } = this.#options;
    const claim = claims.claimOf(instanceId, binding);
    const scope = claim && scopes.get(scopeKey(claim.owner.scope));
    const record = scope?.records.get(instanceId);
    if (record?.observed === undefined || claim?.owner.key !== binding) return false;
    return (
      isPlainlyInSync(record, claim, scope?.problem ?? {}) ||
      this.status(binding, instanceId).state === 'InSync'
    );
  }

  /** Where every claimed instance stands, as its owner sees it, and what tenancy refuses. */
  *statuses(): Generator<InstanceStatus> {
    for (const [instanceId, { owner }] of this.#options.claims.claims()) {
      yield this.status(owner.key, instanceId);
    }
    const { claims } = this.#options;
    for (const [id, binding] of claims.refused()) yield refused(id, claims.refusal(id, binding));
  }

  /** Bindings whose members are not those that their selector fits, with why. */
  selectionProblems(): { readonly key: BindingKey; readonly problem: SelectionProblem }[] {
    return [...this.#options.claims.bindings].flatMap(([key, { selection }]) =>
      selection === undefined ? [] : [{ key, problem: selection }],
    );
  }

  /** The plan for every claimed instance, and what tenancy refuses; sorted by binding, then instance. */
  plan(): PlanRow[] {
    // What one scope would change may depend on what another one has read since.
    for (const scope of this.#options.scopes) scope.decide();
    return this.#planRows(() => true);
  }

  /** Of the same, by what is decided already, what is not certainly as declared. */
  differingRows(): PlanRow[] {
    return this.#planRows((id, claim, scope) => {
      const record = scope?.records.get(id);
      return record === undefined || !isPlainlyInSync(record, claim, scope?.problem ?? {});
    });
  }

  #planRows(
    isWanted: (id: InstanceId, claim: Claim, scope: ScopeController | undefined) => boolean,
  ): PlanRow[] {
    const { claims, scopes, clock } = this.#options;
    const moment = { nowMs: clock.now(), wallMs: clock.wall() };
    const rows = [...claims.claims()].flatMap(([instanceId, claim]) => {
      const scope = scopes.get(scopeKey(claim.owner.scope));
      if (!isWanted(instanceId, claim, scope)) return [];
      const rules = scope?.rules() ?? DEFAULT_GUARD_RULES;
      return planRow(scope?.records.get(instanceId), { ...moment, instanceId, claim, rules });
    });
    for (const [id, binding] of claims.refused())
      rows.push(refusedRow(id, binding, claims.refusal(id, binding)));
    return rows.sort((a, b) => order(a.binding, b.binding) || order(a.instanceId, b.instanceId));
  }
}

/** Where the binding may not name the instance, nothing is told that was read. */
function refused(instanceId: InstanceId, message: string): InstanceStatus {
  return { instanceId, state: 'Refused', reason: 'NotAllowed', message };
}

/** It begins when nobody else can claim the instance any more. */
function notBegun(instanceId: InstanceId): InstanceStatus {
  const message = 'waits until every source was read: another binding may claim the instance';
  return { instanceId, state: 'Pending', reason: 'NotObserved', message };
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
