/** What the page sees of a running process: what was published, what the controller knows, and what is remembered. */
import type { BindingKey, InstanceId } from '../../api/ids.ts';
import type { Controller } from '../../controller/controller.ts';
import { failureText } from '../../core/cloud-error.ts';
import { type Outlook, outlook } from '../../core/instance-status.ts';
import { scopeKey } from '../../core/model.ts';
import { pendingPlans } from '../../core/pending-plans.ts';
import type { PlanRow } from '../../core/plan-row.ts';
import { reportedRow } from '../../core/reported-row.ts';
import { modeText } from '../../core/suspension.ts';
import { attentionRank } from '../../core/text/totals-text.ts';
import type {
  PageAbout,
  PageView,
  ShownExplanation,
  ShownInstance,
  ShownPlan,
  ShownScope,
} from '../../http/page/view.ts';
import type { ProcessView, ScopeView } from '../../http/view.ts';
import type { BindingStatus } from '../../ports/status.ts';
import { type Clock, wallAt } from '../../runtime/clock.ts';
import { type Claimant, claimFacts } from '../explanation.ts';
import type { KubernetesSetup } from '../kubernetes-setup.ts';
import { objectStatus } from '../object-status.ts';
import { sourceNotes } from '../revision-record.ts';
import type { RunState } from '../run-state.ts';
import { storedSource } from '../stored-state.ts';
import { PageHistory } from './page-history.ts';
import { pageTraffic } from './page-traffic.ts';
import type { PublishedStatuses } from './published-statuses.ts';

export interface PageDataOptions {
  readonly about: PageAbout;
  readonly published: PublishedStatuses;
  readonly controller: Controller;
  readonly processView: Pick<ProcessView, 'scopes'>;
  readonly cluster: Pick<KubernetesSetup, 'source' | 'leases'> | undefined;
  /** Whether this replica speaks for the bindings of a scope. */
  readonly mayTell: (scope: string) => boolean;
  readonly state: RunState;
  readonly sweepIntervalMs: number;
  readonly clock: Clock;
}

/** What is made for one page serves all others for so long: what somebody looks at may not hold up what is written. */
const CHANGES_EVERY_MS = 1_000;
/** What only time changes, or nobody publishes, is made anew after this. */
const LONGEST_KEPT_MS = 5_000;
/** An instance that was renamed reads the same otherwise. */
const NAMES_EVERY_MS = 60_000;

const WORST_FIRST: readonly Outlook[] = ['stuck', 'waiting', 'moving', 'held', 'in-sync'];

interface RankedInstance {
  readonly rank: number;
  readonly shown: ShownInstance;
}

export class PageData implements PageView, Disposable {
  readonly about: PageAbout;
  readonly #options: PageDataOptions;
  readonly #history: PageHistory;
  #made = new Map<string, { readonly value: unknown; readonly atMs: number }>();
  #ranked = new WeakMap<BindingStatus, readonly RankedInstance[]>();
  #rankedMs = Number.NEGATIVE_INFINITY;
  readonly #listeners = new Set<() => void>();
  #changedMs = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | undefined;

  constructor(options: PageDataOptions) {
    this.#options = options;
    this.about = options.about;
    this.#history = new PageHistory({ ...options, objects: () => this.#objects() });
    options.published.onPublished(() => this.#changeSoon());
  }

  [Symbol.dispose](): void {
    this.#cancel?.();
    this.#cancel = () => {};
  }

  nowMs(): number {
    return this.#options.clock.wall();
  }

  onChanged(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  bindings(): readonly BindingStatus[] {
    return this.#once('bindings', () => {
      const ranked: readonly BindingStatus[][] = [[], [], []];
      for (const status of this.#statuses()) ranked[attentionRank(status)]?.push(status);
      // What was published comes by key.
      if (this.#options.cluster !== undefined)
        for (const statuses of ranked) statuses.sort((a, b) => (a.key < b.key ? -1 : 1));
      return ranked.flat();
    });
  }

  instances(): readonly ShownInstance[] {
    return this.#once('instances', () => {
      const ranked = WORST_FIRST.map((): ShownInstance[] => []);
      for (const binding of this.bindings())
        for (const { rank, shown } of this.#instancesOf(binding)) ranked[rank]?.push(shown);
      return ranked.flat();
    });
  }

  instance(id: InstanceId): ShownExplanation | undefined {
    const { clock, sweepIntervalMs, state, controller } = this.#options;
    const claimants = [...this.#statuses()].flatMap((status): Claimant[] => {
      const instance = status.instances.find(({ instanceId }) => instanceId === id);
      return instance === undefined ? [] : [{ status, updatedMs: 0, instance }];
    });
    const facts = claimFacts(claimants);
    const { lines } = this.#history.page({ instanceId: id, page: 1 });
    if (facts.binding === undefined && lines.length === 0) return undefined;
    const scope = facts.scope && this.#scope(scopeKey(facts.scope));
    const record = facts.status?.sgIds === undefined ? undefined : scope?.records.get(id);
    const declared = facts.binding && controller.claims.bindings.get(facts.binding);
    const original = state.memory.original(id) ?? this.#originalInObject(facts.binding, id);
    return {
      ...facts,
      instanceId: id,
      ...(record?.observed?.name === undefined ? {} : { name: record.observed.name }),
      ...(record?.observed === undefined ? {} : { readMs: wallAt(clock, record.observedAtMs) }),
      ...(original === undefined ? {} : { original }),
      ...(facts.binding === undefined ? {} : { checkEveryMs: declared?.intervalMs ?? sweepIntervalMs }),
      history: lines,
      traffic: pageTraffic(scope?.groupRules, { observed: facts.status?.sgIds, declared: facts.desired }),
    };
  }

  sourceNotes(): readonly string[] {
    return this.#once('source', () => {
      const { file } = this.#options.state;
      const stored = file && storedSource(file);
      return stored === undefined ? [] : sourceNotes(stored.record);
    });
  }

  scopes(): readonly ShownScope[] {
    return this.#once('scopes', () =>
      this.#options.processView.scopes().map((view) => {
        const scope = this.#scope(view.scope);
        const { cloud, journal } = scope?.problem ?? {};
        const problem = cloud === undefined ? journal : failureText(cloud, scope?.scope.region ?? '');
        const shown = view.leader ? view : this.#ledElsewhere(view);
        return problem === undefined ? shown : { ...shown, problem };
      }),
    );
  }

  windows(): ReturnType<PageView['windows']> {
    return this.#options.controller.windows;
  }

  plan(): readonly PlanRow[] {
    return this.#once('plan', () => {
      const { controller, mayTell } = this.#options;
      const own = controller.statusView
        .differingRows()
        .filter(({ origin, scope }) => origin.kind === 'directory' || mayTell(scopeKey(scope)));
      const reported = [...this.#reported()].flatMap((status) =>
        status.instances.flatMap((instance) => reportedRow(instance, status) ?? []),
      );
      const rows = [...own, ...reported];
      if (reported.length > 0)
        rows.sort((a, b) => (a.binding < b.binding ? -1 : a.binding > b.binding ? 1 : 0));
      return rows.filter(({ observed, steps }) => observed === undefined || steps.length > 0);
    });
  }

  groupNames(): ReadonlyMap<string, string> {
    return this.#once('groups', () => this.#options.controller.groupNames());
  }

  pendingPlans(): readonly ShownPlan[] {
    return this.#once('pending', () => {
      const waiting = this.bindings().filter(({ pendingPlans: own = [] }) => own.length > 0);
      const statuses = new Map(waiting.map((status) => [status.key as string, status]));
      const reported = waiting.map(({ key, pendingPlans: own = [] }) => ({
        binding: key,
        pendingPlans: own,
      }));
      return pendingPlans(reported).map((plan): ShownPlan => {
        const [first = ''] = plan.bindings;
        const status = statuses.get(first);
        const flags = status === undefined ? '' : this.#options.published.approveFlags(status);
        return { ...plan, command: `cvmsg approve ${plan.digest} ${flags}` };
      });
    });
  }

  history(query: Parameters<PageView['history']>[0]): ReturnType<PageView['history']> {
    return this.#history.page(query);
  }

  drift(): ReturnType<PageView['drift']> {
    return this.#once('drift', () => this.#history.drift());
  }

  /** What was published here, and what the objects tell of bindings for which another replica speaks. */
  *#statuses(): Generator<BindingStatus> {
    const { published, controller, cluster, mayTell } = this.#options;
    const wallMs = this.nowMs();
    for (const status of published.all()) {
      if (cluster !== undefined && !mayTell(scopeKey(status.scope))) continue;
      const declared = controller.claims.bindings.get(status.key);
      // A suspension may have ended since it was published.
      const isTimed = declared?.suspendUntilMs !== undefined;
      yield isTimed ? { ...status, mode: modeText(declared, wallMs) } : status;
    }
    for (const object of this.#objects()) {
      const { status } = objectStatus(object);
      if (published.get(status.key) === undefined || !mayTell(scopeKey(status.scope))) yield status;
    }
  }

  /** What the objects tell of bindings for which another replica speaks. */
  *#reported(): Generator<BindingStatus> {
    for (const object of this.#objects()) {
      const { status } = objectStatus(object);
      if (!this.#options.mayTell(scopeKey(status.scope))) yield status;
    }
  }

  /** Nothing was read here, so nothing grows old. */
  #ledElsewhere(view: ScopeView): ShownScope {
    const holder = this.#options.cluster?.leases.holder(view.scope) ?? '';
    return { ...view, oldestObservationAgeSeconds: undefined, ...(holder === '' ? {} : { holder }) };
  }

  #originalInObject(key: BindingKey | undefined, id: InstanceId): readonly string[] | undefined {
    const instances = key && this.#options.cluster?.source.object(key)?.status?.instances;
    return instances?.find(({ instanceId }) => instanceId === id)?.originalSgIds;
  }

  *#objects() {
    const { cluster } = this.#options;
    for (const key of cluster?.source.keys() ?? []) {
      const object = cluster?.source.object(key as BindingKey);
      if (object !== undefined) yield object;
    }
  }

  #scope(key: string) {
    for (const scope of this.#options.controller.scopes) if (scopeKey(scope.scope) === key) return scope;
    return undefined;
  }

  /** The same as long as the binding reads the same, as most of a fleet does for hours; names are looked at again at times. */
  #instancesOf(binding: BindingStatus): readonly RankedInstance[] {
    const nowMs = this.#options.clock.now();
    if (nowMs - this.#rankedMs >= NAMES_EVERY_MS) {
      this.#rankedMs = nowMs;
      this.#ranked = new WeakMap();
    }
    const known = this.#ranked.get(binding);
    if (known !== undefined) return known;
    const { key, scope, instances } = binding;
    const place = scopeKey(scope);
    const records = this.#scope(place)?.records;
    const made = instances.map((status): RankedInstance => {
      // Nothing is told of an instance that the binding may not name.
      const name = status.sgIds === undefined ? undefined : records?.get(status.instanceId)?.observed?.name;
      const named = name === undefined ? {} : { name };
      return {
        rank: WORST_FIRST.indexOf(outlook(status)),
        shown: { ...status, ...named, binding: key, scope: place },
      };
    });
    this.#ranked.set(binding, made);
    return made;
  }

  /** The same value for all who ask between two changes that listeners are told of. */
  #once<T>(what: string, make: () => T): T {
    const nowMs = this.#options.clock.now();
    const known = this.#made.get(what);
    if (known !== undefined && nowMs - known.atMs < LONGEST_KEPT_MS) return known.value as T;
    const value = make();
    this.#made.set(what, { value, atMs: nowMs });
    return value;
  }

  #changeSoon(): void {
    const { clock } = this.#options;
    const waitMs = Math.max(0, this.#changedMs + CHANGES_EVERY_MS - clock.now());
    this.#cancel ??= clock.setTimer(waitMs, () => {
      this.#cancel = undefined;
      this.#changedMs = clock.now();
      this.#made = new Map();
      for (const listener of this.#listeners) listener();
    });
  }
}
