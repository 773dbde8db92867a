/** Where everything that is claimed stands, from what was read last. */
import type { BindingKey, InstanceId } from '../../api/ids.ts';
import type { Claim } from '../../core/claim.ts';
import type { ClaimIndex } from '../../core/claim-index.ts';
import { DEFAULT_GUARD_RULES } from '../../core/guard-port.ts';
import type { InstanceVerdict } from '../../core/instance-verdict.ts';
import { isPlainlyInSync, judge } from '../../core/judge.ts';
import { type SelectionProblem, scopeKey } from '../../core/model.ts';
import { type PlanRow, planRow, refusedRow } from '../../core/plan-row.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Restorations } from '../restoration/restorations.ts';
import type { Scopes } from '../scope/scopes.ts';
import type { RestoringInstance } from './binding-verdict.ts';

/** Sweeps that may fail before an instance that was in sync counts as unknown. */
const TRUSTED_SWEEPS = 3;

export interface StandingsOptions {
  readonly claims: ClaimIndex;
  readonly restorations: Pick<Restorations, 'claim' | 'of'>;
  readonly scopes: Scopes;
  readonly clock: Clock;
  readonly sweepIntervalMs: number;
}

export class Standings {
  readonly #options: StandingsOptions;

  constructor(options: StandingsOptions) {
    this.#options = options;
  }

  /** Where an instance stands, as one of its claimants sees it, or the binding that gives it its list back. */
  verdict(binding: BindingKey, instanceId: InstanceId): InstanceVerdict {
    const { claims, scopes, clock, sweepIntervalMs } = this.#options;
    const claim = claims.claimOf(instanceId, binding) ?? this.#restoring(binding, instanceId);
    const named = claim === undefined ? claims.bindings.get(binding) : undefined;
    if (named?.instanceIds.includes(instanceId))
      return refused(instanceId, claims.refusal(instanceId, named));
    const scope = claim && scopes.get(scopeKey(claim.winner.scope));
    return judge(instanceId, scope?.records.get(instanceId), {
      binding,
      claim,
      rules: scope?.rules() ?? DEFAULT_GUARD_RULES,
      problem: scope?.problem ?? {},
      nowMs: clock.now(),
      wallMs: clock.wall(),
      trustMs: TRUSTED_SWEEPS * (claim?.winner.intervalMs ?? sweepIntervalMs),
    });
  }

  #restoring(binding: BindingKey, instanceId: InstanceId): Claim | undefined {
    const claim = this.#options.restorations.claim(instanceId);
    return claim?.winner.key === binding ? claim : undefined;
  }

  /** The instances that left a binding and get their lists back, sorted by id. */
  restoring(key: BindingKey): readonly RestoringInstance[] {
    const { restorations } = this.#options;
    return (restorations.of(key) ?? []).map(({ instanceId, original }) => {
      const waits = restorations.claim(instanceId) === undefined;
      return { original, verdict: waits ? notBegun(instanceId) : this.verdict(key, instanceId) };
    });
  }

  /** Whether an instance is in sync, as one of its claimants sees it. */
  isInSync(binding: BindingKey, instanceId: InstanceId): boolean {
    const { claims, scopes } = this.#options;
    const claim = claims.claimOf(instanceId, binding);
    const scope = claim && scopes.get(scopeKey(claim.winner.scope));
    const record = scope?.records.get(instanceId);
    if (record === undefined || claim?.winner.key !== binding) return false;
    return (
      isPlainlyInSync(record, claim, scope?.problem ?? {}) ||
      this.verdict(binding, instanceId).state === 'InSync'
    );
  }

  /** Where every claimed instance stands, as its owner sees it, and what tenancy refuses. */
  *verdicts(): Generator<InstanceVerdict> {
    for (const [instanceId, { winner }] of this.#options.claims.claims()) {
      yield this.verdict(winner.key, instanceId);
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
    const { claims, scopes, clock } = this.#options;
    const wallMs = clock.wall();
    // What one scope would change may depend on what another one has read since.
    for (const scope of scopes) scope.decide();
    const rows = [...claims.claims()].map(([instanceId, claim]) => {
      const scope = scopes.get(scopeKey(claim.winner.scope));
      const rules = scope?.rules() ?? DEFAULT_GUARD_RULES;
      return planRow(scope?.records.get(instanceId), claim, { instanceId, rules, wallMs });
    });
    for (const [id, binding] of claims.refused())
      rows.push(refusedRow(id, binding, claims.refusal(id, binding)));
    return rows.sort((a, b) => order(a.binding, b.binding) || order(a.instanceId, b.instanceId));
  }
}

/** Of an instance that the binding may not name nothing is told that was read. */
function refused(instanceId: InstanceId, message: string): InstanceVerdict {
  return { instanceId, state: 'Refused', reason: 'NotAllowed', message };
}

/** It begins when nobody else can claim the instance any more. */
function notBegun(instanceId: InstanceId): InstanceVerdict {
  const message = 'waits until every source was read: another binding may claim the instance';
  return { instanceId, state: 'Pending', reason: 'NotObserved', message };
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
