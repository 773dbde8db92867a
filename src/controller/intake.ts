/** Takes in what the sources declare: the present truth goes into the index, and what it means for instances to their scopes. */
import type { BindingKey, InstanceId } from '../api/ids.ts';
import type { Claim } from '../core/claim.ts';
import type { ClaimIndex } from '../core/claim-index.ts';
import { type Binding, type Scope, scopeKey } from '../core/model.ts';
import type { RevisionReport, Source, SourceProblem } from '../sources/port.ts';
import { type ClaimChanges, claimChanges } from './claim-changes.ts';
import { GivenBindings, type PresentTruth } from './given-bindings.ts';
import type { ObjectControls } from './object-controls.ts';
import type { OwnerLedger } from './owner-ledger.ts';
import type { Reporter } from './report/reporter.ts';
import type { Restorations } from './restoration/restorations.ts';
import type { Admission } from './scope/admission.ts';
import type { DeclareOptions } from './scope/declarations.ts';
import type { Scopes } from './scope/scopes.ts';
import { wantedScope } from './scope/wanted-scope.ts';
import type { Selections } from './selection/selections.ts';

export interface IntakeOptions {
  readonly sources: readonly Source[];
  readonly claims: ClaimIndex;
  readonly admission: Pick<Admission, 'follow'>;
  readonly scopes: Scopes;
  readonly restorations: Restorations;
  readonly owners: OwnerLedger;
  readonly controls: ObjectControls;
  readonly reporter: Reporter;
  readonly selections: Selections;
  readonly onRevision?: (source: Source, report: RevisionReport) => void;
  readonly onProblem?: (source: Source, problem: SourceProblem | undefined) => void;
}

interface AdmitOptions {
  /** Seen for the first time by this process, rather than declared while it ran. */
  readonly firstSeen: boolean;
  /** Bindings that are not declared any more. */
  readonly retired: readonly BindingKey[];
  /** Those of them that are declared all the same, and not followed any more: their instances are let go as they are. */
  readonly left?: ReadonlySet<BindingKey>;
}

export class Intake {
  readonly #options: IntakeOptions;
  readonly #given = new GivenBindings();

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** Follows a source until the signal aborts. */
  watch(source: Source, signal: AbortSignal): Promise<void> {
    const { claims, restorations, onRevision, onProblem } = this.#options;
    let first = true;
    let foreseen = false;
    return source.run(
      {
        changed: (keys) => {
          if (first) claims.adopt(source.owners?.() ?? new Map());
          if (first) restorations.adopt(source);
          this.take(source, keys, { firstSeen: first });
          if (first || foreseen) this.#endSightings();
          first = false;
          foreseen = false;
        },
        sighted: (sighting) => this.#options.scopes.ofServed(sighting.scope)?.declarations.sight(sighting),
        foreseen: ({ scope, instanceIds }) => {
          // What another source has sighted would end with it.
          if (!this.#options.sources.every(({ synced }) => synced)) return;
          foreseen = true;
          this.#options.scopes.get(scopeKey(scope))?.declarations.foresee(instanceIds);
        },
        revision: (report) => onRevision?.(source, report),
        problem: (problem) => onProblem?.(source, problem),
      },
      signal,
    );
  }

  #endSightings(): void {
    for (const scope of this.#options.scopes) scope.release(scope.declarations.endSightings());
  }

  /** What another replica had begun goes on here. */
  resume(): void {
    const { sources, restorations } = this.#options;
    for (const source of sources) {
      if (source.synced) restorations.update(restorations.adopt(source), []);
    }
    if (sources.every((one) => one.synced)) restorations.resume();
  }

  /** Looks up the present truth about some bindings. */
  take(source: Source, keys: ReadonlySet<BindingKey>, options: { readonly firstSeen: boolean }): void {
    const { selections, scopes, restorations } = this.#options;
    const { changes, retired, entered } = this.#given.look(source, keys);
    const left = new Set(retired.filter((key) => source.hasLeft?.(key)));
    // Another controller may have looked after them before.
    if (!options.firstSeen) restorations.keepOriginals(source, entered);
    this.admit(selections.resolve(changes), { ...options, retired, left });
    for (const scope of scopes) scope.approvalsChanged();
    selections.reconsider();
  }

  /** Puts the present forms of bindings into the index. */
  admit(changes: PresentTruth['changes'], { firstSeen, retired, left }: AdmitOptions): void {
    const { claims, reporter, admission, restorations, owners, controls, sources, scopes } = this.#options;
    const before = new Map<InstanceId, readonly Claim[]>();
    const emergencies = changes.flatMap(([key, binding]) =>
      sameEmergency(claims.bindings.get(key), binding) ? [] : (binding ?? []),
    );
    const confirmed = changes.flatMap(([key, binding]) =>
      claims.bindings.get(key)?.selection?.unconfirmed === binding?.selection?.unconfirmed
        ? []
        : (binding ?? []),
    );
    for (const [key, binding] of changes) {
      for (const id of claims.bindings.get(key)?.instanceIds ?? []) before.set(id, claims.claimsOn(id));
      for (const id of binding?.instanceIds ?? []) before.set(id, claims.claimsOn(id));
    }
    claims.update(changes);
    reporter.retire(retired);
    for (const [key, binding] of changes) {
      // Also a binding without an instance of its own has a verdict that somebody has to publish.
      admission.follow(key, binding && wantedScope(claims.tenancy, binding, scopeKey(binding.scope)));
      if (binding === undefined) continue;
      reporter.touchBinding(key);
    }
    for (const id of before.keys()) reporter.touchInstance(id);
    const moved = claimChanges(before, claims);
    // Before the owners: what is owed is known from the list that goes with the ownership.
    const told = new Set(changes.map(([key]) => key));
    restorations.update(told, before.keys(), left);
    // One that is being deleted says what it waits for.
    for (const key of retired) reporter.touchBinding(key);
    owners.record(moved, { touched: before.keys(), told: firstSeen ? told : new Set(retired) });
    this.#dispatch(moved, { firstSeen });
    if (sources.every((source) => source.synced)) restorations.resume();
    for (const [key, binding] of changes) controls.follow(key, binding);
    for (const { scope, instanceIds } of confirmed) scopes.get(scopeKey(scope))?.reconsider(instanceIds);
    for (const { key } of emergencies) controls.emergencyChanged(key);
  }

  /** Instances were read, and with that it may be known whose they are. */
  observed(ids: readonly InstanceId[]): void {
    const { claims, reporter, restorations, owners } = this.#options;
    const before = new Map<InstanceId, readonly Claim[]>();
    for (const id of ids) {
      const claimsBefore = claims.claimsOn(id);
      if (claims.observed(id)) before.set(id, claimsBefore);
    }
    if (before.size === 0) return;
    for (const id of before.keys()) reporter.touchInstance(id);
    const moved = claimChanges(before, claims);
    restorations.update(new Set(), before.keys());
    owners.record(moved, { touched: before.keys() });
    this.#dispatch(moved, { firstSeen: false });
  }

  /** Whether it was in sync with its present declaration when the source of that last recorded it. */
  #wasInSync(id: InstanceId, scope: Scope): boolean {
    const key = this.#options.claims.claim(id, scopeKey(scope))?.winner.key;
    return key !== undefined && this.#options.sources.some((source) => source.wasInSync?.(key, id) ?? false);
  }

  #dispatch({ declared, released }: ClaimChanges, { firstSeen }: Pick<DeclareOptions, 'firstSeen'>): void {
    const { scopes } = this.#options;
    for (const { scope, ids } of released.values()) scopes.release(scope, ids);
    for (const { scope, ids } of declared.values()) {
      const isSettled = (id: InstanceId) => firstSeen && this.#wasInSync(id, scope);
      scopes.declare(scope, ids, { firstSeen, isSettled });
    }
  }
}

/** Whether an emergency, which asks nothing new of an instance, is what it was. */
function sameEmergency(a: Binding | undefined, b: Binding | undefined): boolean {
  return a?.emergency?.untilMs === b?.emergency?.untilMs && a?.emergency?.reason === b?.emergency?.reason;
}
