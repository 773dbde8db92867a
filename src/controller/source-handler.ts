/** Takes in what the sources declare: the present truth goes into the index, and what it means for instances to their scopes. */
import type { BindingKey, InstanceId } from '../api/ids.ts';
import type { Claim } from '../core/claim.ts';
import { type ClaimChanges, claimChanges } from '../core/claim-changes.ts';
import type { ClaimIndex } from '../core/claim-index.ts';
import { type Binding, type Scope, scopeKey } from '../core/model.ts';
import type { RevisionReport, Source, SourceProblem } from '../ports/source.ts';
import { eachPortion } from '../runtime/portions.ts';
import type { StepQueue } from '../runtime/step-queue.ts';
import type { ObjectControls } from './controls/object-controls.ts';
import type { StatusQueue } from './queues/status-queue.ts';
import type { Reporter } from './report/reporter.ts';
import type { OwnerLedger } from './restoration/owner-ledger.ts';
import type { Restorations } from './restoration/restorations.ts';
import type { DeclareOptions } from './scope/declarations.ts';
import { wantedScope } from './scope/scope-demand.ts';
import type { Scopes } from './scope/scopes.ts';
import type { ServedScopes } from './scope/served-scopes.ts';
import { DeclaredBindings, type PresentTruth } from './selection/declared-bindings.ts';
import type { Selections } from './selection/selections.ts';

export interface SourceHandlerOptions {
  readonly sources: readonly Source[];
  readonly claims: ClaimIndex;
  readonly served: Pick<ServedScopes, 'follow'>;
  readonly scopes: Scopes;
  readonly restorations: Restorations;
  readonly owners: OwnerLedger;
  readonly controls: ObjectControls;
  readonly reporter: Reporter;
  readonly selections: Selections;
  readonly statuses: StatusQueue;
  /** What the sources tell is taken in here, one piece after the other. */
  readonly updates: StepQueue;
  /** What it reports is taken in when the promise is resolved. */
  readonly onRevision?: (source: Source, report: RevisionReport) => void | Promise<void>;
  readonly onProblem?: (source: Source, problem: SourceProblem | undefined) => void;
}

interface AdmitOptions {
  /** Seen for the first time by this process, rather than declared while it ran. */
  readonly firstSeen: boolean;
  /** Bindings that are not declared any more. */
  readonly removed: readonly BindingKey[];
  /** Those of them that are declared all the same, and not followed any more: their instances are let go as they are. */
  readonly unselected?: ReadonlySet<BindingKey>;
}

/** What a source has told of. */
interface Reported {
  readonly keys: ReadonlySet<BindingKey>;
  /** Those of them that are declared all the same, and not followed any more. */
  readonly unselected: ReadonlySet<BindingKey>;
}

/** How far a source has told. */
interface Progress {
  isFirst: boolean;
  wasPrefetched: boolean;
}

/** Bindings, and instances, that are taken in before other work may go on. */
const BINDINGS_AT_ONCE = 300;
const INSTANCES_AT_ONCE = 200;

export class SourceHandler {
  readonly #options: SourceHandlerOptions;
  readonly #declared = new DeclaredBindings();
  /** Whether restorations that may begin have made way for what waits in the queue. */
  #restorationsWait = false;

  constructor(options: SourceHandlerOptions) {
    this.#options = options;
  }

  /** Whether something that a source has told is not taken in as a whole yet. */
  get isBusy(): boolean {
    return this.#options.updates.size > 0;
  }

  /** Gives up what is not taken in: the sources tell it again to the next process. */
  close(): void {
    this.#options.updates.close();
  }

  /** Follows a source until the signal aborts. */
  watch(source: Source, signal: AbortSignal): Promise<void> {
    const { onRevision, onProblem } = this.#options;
    const progress: Progress = { isFirst: true, wasPrefetched: false };
    const { promise, resolve } = Promise.withResolvers<void>();
    // What is taken in then is given up.
    signal.addEventListener('abort', () => resolve(), { once: true });
    return source.run(
      {
        changed: (keys) => {
          // Known while the source tells it: what waits may be taken in later.
          const unselected = new Set([...keys].filter((key) => source.isUnselected(key)));
          const taken = this.#options.updates.add(this.#reported(source, { keys, unselected }, progress));
          return taken && Promise.race([taken, promise]);
        },
        prefetch: (hint) => this.#options.scopes.ofServed(hint.scope)?.declarations.prefetch(hint),
        prefetchNow: ({ scope, instanceIds }) => {
          // What another source has read ahead would end with it.
          if (!this.#options.sources.every(({ synced }) => synced)) return;
          progress.wasPrefetched = true;
          this.#options.scopes.get(scopeKey(scope))?.declarations.prefetchNow(instanceIds);
        },
        revision: (report) => onRevision?.(source, report),
        problem: (problem) => onProblem?.(source, problem),
      },
      signal,
    );
  }

  *#reported(source: Source, reported: Reported, progress: Progress): Generator<void, void> {
    const { claims, restorations } = this.#options;
    const { isFirst } = progress;
    if (isFirst) yield* claims.adopt(yield* source.memory.owners());
    if (isFirst) yield* restorations.adopt(source);
    yield* this.#take(source, reported, { firstSeen: isFirst });
    if (isFirst || progress.wasPrefetched) this.#endPrefetch();
    progress.isFirst = false;
    progress.wasPrefetched = false;
  }

  #endPrefetch(): void {
    for (const scope of this.#options.scopes) scope.release(scope.declarations.endPrefetch());
  }

  /** What another replica had begun goes on here. */
  resume(): void {
    void this.#options.updates.add(this.#adoptAgain());
  }

  *#adoptAgain(): Generator<void, void> {
    const { sources, restorations } = this.#options;
    for (const source of sources) {
      if (source.synced) yield* restorations.tell(yield* restorations.adopt(source));
    }
    yield* this.#resumeRestorations();
  }

  /** Finds the bindings that have other members, when nothing else is half taken in, and puts them into the index. */
  admit(finding: Generator<void, readonly Binding[]>): void {
    void this.#options.updates.add(this.#admitFound(finding));
  }

  *#admitFound(finding: Generator<void, readonly Binding[]>): Generator<void, void> {
    const changes = (yield* finding).map((binding) => [binding.key, binding] as const);
    if (changes.length > 0) yield* this.#admit(changes, { firstSeen: false, removed: [] });
    else if (this.#restorationsWait) yield* this.#resumeRestorations();
  }

  /** Not while something waits to be taken in: it may claim what would be put back. */
  *#resumeRestorations(): Generator<void, void> {
    const { sources, restorations } = this.#options;
    if (!sources.every((one) => one.synced)) return;
    this.#restorationsWait = true;
    if (this.#options.updates.size > 1) return;
    for (const _ of restorations.resume()) {
      if (this.#options.updates.size > 1) return;
      yield;
    }
    this.#restorationsWait = false;
  }

  /** Looks up the present truth about some bindings. */
  *#take(
    source: Source,
    { keys, unselected }: Reported,
    options: { readonly firstSeen: boolean },
  ): Generator<void, void> {
    const { selections, scopes, restorations } = this.#options;
    const isLarge = keys.size > BINDINGS_AT_ONCE;
    if (isLarge) yield;
    const { changes, removed, entered } = this.#declared.look(source, keys);
    if (isLarge) yield;
    // Another controller may have looked after them before.
    if (!options.firstSeen) restorations.keepOriginals(source, entered);
    const resolved = yield* selections.resolve(changes);
    if (isLarge) yield;
    yield* this.#admit(resolved, { ...options, removed, unselected });
    if (isLarge) yield;
    for (const scope of scopes) scope.approvalsChanged();
    yield* selections.reconsider();
  }

  /**
   * Puts the present forms of bindings into the index: whose each instance is changes for all of them at once, before
   * anything is done about it. Budgets decide when all of it is taken in.
   */
  *#admit(changes: PresentTruth['changes'], options: AdmitOptions): Generator<void, void> {
    const { claims, controls, restorations } = this.#options;
    const { removed, unselected } = options;
    const emergencies = changes.flatMap(([key, binding]) =>
      sameEmergency(claims.bindings.get(key), binding) ? [] : (binding ?? []),
    );
    const confirmed = changes.flatMap(([key, binding]) =>
      claims.bindings.get(key)?.selection?.unconfirmed === binding?.selection?.unconfirmed
        ? []
        : (binding ?? []),
    );
    if (changes.length > BINDINGS_AT_ONCE) yield;
    const before = claims.commit(yield* claims.stage(changes));
    const isLarge = changes.length > BINDINGS_AT_ONCE || before.size > INSTANCES_AT_ONCE;
    if (isLarge) yield;
    yield* this.#follow(changes, removed);
    if (isLarge) yield;
    // What many bindings name counts for many.
    const claimants = ([id]: readonly [InstanceId, unknown]) => claims.naming(id).length + 1;
    const move = (portion: Iterable<readonly [InstanceId, readonly Claim[]]>) =>
      this.#move(new Map(portion), options);
    yield* eachPortion(before, 2 * INSTANCES_AT_ONCE, move, claimants);
    if (isLarge) yield;
    const reported = new Set(changes.map(([key]) => key));
    yield* restorations.tell(reported, unselected);
    if (isLarge) yield;
    yield* this.#forget(removed, options.firstSeen ? reported : new Set(removed));
    if (isLarge) yield;
    yield* this.#resumeRestorations();
    if (isLarge) yield;
    yield* eachPortion(changes, BINDINGS_AT_ONCE, (portion) => {
      for (const [key, binding] of portion) controls.follow(key, binding);
    });
    const byInstances = (bindings: readonly Binding[], work: (binding: Binding) => void) =>
      eachPortion(
        bindings,
        INSTANCES_AT_ONCE,
        (some) => some.forEach(work),
        ({ instanceIds }) => instanceIds.length + 1,
      );
    // Those that many of them share are decided about once.
    const shared = new Map<string, Set<InstanceId>>();
    yield* byInstances(confirmed, ({ scope, instanceIds }) => {
      const ids = shared.get(scopeKey(scope)) ?? new Set();
      for (const id of instanceIds) ids.add(id);
      shared.set(scopeKey(scope), ids);
    });
    for (const [scope, ids] of shared) yield* this.#reconsider(scope, ids);
    yield* byInstances(emergencies, ({ key }) => controls.emergencyChanged(key));
    yield* claims.place();
  }

  *#reconsider(scope: string, ids: ReadonlySet<InstanceId>): Generator<void, void> {
    const { claims, scopes } = this.#options;
    const reconsider = (some: readonly InstanceId[]) => scopes.get(scope)?.reconsider(some);
    yield* eachPortion(ids, 2 * INSTANCES_AT_ONCE, reconsider, (id) => claims.naming(id).length + 1);
  }

  *#follow(changes: PresentTruth['changes'], removed: readonly BindingKey[]): Generator<void, void> {
    const { claims, reporter, served, statuses } = this.#options;
    yield* eachPortion(removed, BINDINGS_AT_ONCE, (keys) => reporter.remove(keys));
    yield* eachPortion(changes, BINDINGS_AT_ONCE, (portion) => {
      for (const [key, binding] of portion) {
        // Also a binding without an instance of its own has a status that somebody has to publish.
        served.follow(key, binding && wantedScope(claims.tenancy, binding, scopeKey(binding.scope)));
        if (binding !== undefined) statuses.enqueueBinding(key);
      }
    });
  }

  /** What other claims mean for their instances. @param before the claims until now. */
  #move(
    before: ReadonlyMap<InstanceId, readonly Claim[]>,
    { firstSeen, unselected }: Pick<AdmitOptions, 'firstSeen' | 'unselected'>,
  ): void {
    const { claims, statuses, restorations, owners } = this.#options;
    for (const id of before.keys()) statuses.enqueueInstance(id);
    const moved = claimChanges(before, claims);
    // Before the owners: a pending restore is known from the list that goes with the ownership.
    restorations.update(before.keys(), unselected);
    owners.record(moved, before.keys());
    this.#dispatch(moved, { firstSeen });
  }

  /** @param told bindings that are gone, or heard of for the first time: what they let go while no process ran was left behind. */
  *#forget(removed: readonly BindingKey[], reported: ReadonlySet<BindingKey>): Generator<void, void> {
    const { statuses, owners } = this.#options;
    // One that is being deleted says what it waits for.
    for (const key of removed) statuses.enqueueBinding(key);
    yield* owners.forget(reported);
  }

  /** Instances were read, and with that it may be known whose they are. */
  observed(ids: readonly InstanceId[]): void {
    const { claims } = this.#options;
    const before = new Map<InstanceId, readonly Claim[]>();
    for (const id of ids) {
      const claimsBefore = claims.claimsOn(id);
      if (claims.observed(id)) before.set(id, claimsBefore);
    }
    if (before.size > 0) this.#move(before, { firstSeen: false });
  }

  /** Whether it was in sync with its present declaration when the source of that last recorded it. */
  #wasInSync(id: InstanceId, scope: Scope): boolean {
    const key = this.#options.claims.claim(id, scopeKey(scope))?.owner.key;
    return key !== undefined && this.#options.sources.some((source) => source.memory.wasInSync(key, id));
  }

  /** Whether an earlier process has looked after what declares it. */
  #wasKnown(id: InstanceId, scope: Scope): boolean {
    const key = this.#options.claims.claim(id, scopeKey(scope))?.owner.key;
    return key !== undefined && this.#options.sources.some((source) => source.memory.wasKnown(key));
  }

  #dispatch({ declared, released }: ClaimChanges, { firstSeen }: Pick<DeclareOptions, 'firstSeen'>): void {
    const { scopes } = this.#options;
    for (const { scope, ids } of released.values()) scopes.release(scope, ids);
    for (const { scope, ids } of declared.values()) {
      const wasInSync = new Set(firstSeen ? ids.filter((id) => this.#wasInSync(id, scope)) : []);
      const isNew = (id: InstanceId) => firstSeen && !this.#wasKnown(id, scope);
      const { yes, no } = Object.groupBy(ids, (id) => (isNew(id) ? 'yes' : 'no'));
      if (yes !== undefined) scopes.declare(scope, yes, { firstSeen: true, wasInSync });
      if (no !== undefined) scopes.declare(scope, no, { firstSeen: false, wasInSync });
    }
  }
}

/** Whether an emergency, which asks nothing new of an instance, is what it was. */
function sameEmergency(a: Binding | undefined, b: Binding | undefined): boolean {
  return a?.emergency?.untilMs === b?.emergency?.untilMs && a?.emergency?.reason === b?.emergency?.reason;
}
