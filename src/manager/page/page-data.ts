/** What the page sees of a running process: what was published, what the controller knows, and what is remembered. */
import type { InstanceId } from '../../api/ids.ts';
import { allAtOnce } from '../../api/steps.ts';
import type { Controller } from '../../controller/controller.ts';
import type { ScopeRules } from '../../controller/scope/scope-rules.ts';
import { failureText } from '../../core/cloud-error.ts';
import { shadowedRules } from '../../core/firewall/list-review.ts';
import { neverMatches, placedRules } from '../../core/firewall/placed-rules.ts';
import { DIRECTIONS } from '../../core/firewall/rules.ts';
import { placedRuleText, trafficLines } from '../../core/firewall/traffic-text.ts';
import { type HistoryFilter, isWithin } from '../../core/history-filter.ts';
import type { ClaimFacts } from '../../core/instance-facts.ts';
import { OUTLOOKS, outlook } from '../../core/instance-status.ts';
import { type GroupList, scopeKey } from '../../core/model.ts';
import { pendingPlans } from '../../core/pending-plans.ts';
import { reportedRow } from '../../core/reported-row.ts';
import { modeText } from '../../core/suspension.ts';
import { attentionRank } from '../../core/text/totals-text.ts';
import type {
  HistoryPage,
  HistoryQuery,
  PageAbout,
  PageView,
  ShownExplanation,
  ShownInstance,
  ShownRule,
  ShownScope,
  ShownTraffic,
} from '../../http/page/view.ts';
import type { ScopesView, ScopeView } from '../../http/view.ts';
import type { BindingObject } from '../../kubernetes/source/binding-object.ts';
import type { BindingStatus } from '../../ports/status.ts';
import { type Clock, wallAt } from '../../runtime/clock.ts';
import { JournalTable } from '../../store/sqlite/journal-table.ts';
import { TrafficTable } from '../../store/sqlite/traffic-table.ts';
import { claimantsOf, claimFacts } from '../explanation.ts';
import { historyEntries, historyLines, objectLines } from '../history/history-line.ts';
import { OBJECTS_TELL_LITTLE, objectWrites } from '../history/object-history.ts';
import type { KubernetesSetup } from '../kubernetes-setup.ts';
import { objectStatus, originalIn } from '../object-status.ts';
import { sourceNotes } from '../revision-record.ts';
import type { RunState } from '../run-state.ts';
import { storedSource } from '../stored-state.ts';
import type { PublishedStatuses } from './published-statuses.ts';

export interface PageDataOptions {
  readonly about: PageAbout;
  readonly published: PublishedStatuses;
  readonly controller: Controller;
  readonly processView: ScopesView;
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

export class PageData implements PageView, Disposable {
  readonly about: PageAbout;
  readonly #options: PageDataOptions;
  readonly #history: PageHistory;
  #changes = 0;
  #shown = new WeakMap<BindingStatus, readonly ShownInstance[]>();
  #shownMs = Number.NEGATIVE_INFINITY;
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

  readonly #byKey = this.#kept(() => [...this.#statuses()].sort((a, b) => (a.key < b.key ? -1 : 1)));

  readonly bindings = this.#kept(() => {
    const byRank = Map.groupBy(this.#byKey(), attentionRank);
    return [0, 1, 2].flatMap((rank) => byRank.get(rank) ?? []);
  });

  readonly instances = this.#kept(() => {
    const all = this.bindings().flatMap((binding) => this.#instancesOf(binding));
    const byOutlook = Map.groupBy(all, outlook);
    return OUTLOOKS.flatMap((one) => byOutlook.get(one) ?? []);
  });

  instance(id: InstanceId): ShownExplanation | undefined {
    const { clock, sweepIntervalMs, state, controller, cluster } = this.#options;
    const facts = claimFacts(claimantsOf(this.#byKey(), id));
    const { lines } = this.#history.page({ instanceId: id, page: 1 });
    if (facts.binding === undefined && lines.length === 0) return undefined;
    const scope = facts.scope && this.#scope(scopeKey(facts.scope));
    const record = facts.status?.sgIds === undefined ? undefined : scope?.records.get(id);
    const declared = facts.binding && controller.claims.bindings.get(facts.binding);
    const object = facts.binding && cluster?.source.object(facts.binding);
    const original = state.memory.original(id) ?? originalIn(object, id);
    return {
      ...facts,
      instanceId: id,
      ...(record?.observed?.name === undefined ? {} : { name: record.observed.name }),
      ...(record?.observed === undefined ? {} : { readMs: wallAt(clock, record.observedAtMs) }),
      ...(original === undefined ? {} : { original }),
      ...(facts.binding === undefined ? {} : { checkEveryMs: declared?.intervalMs ?? sweepIntervalMs }),
      history: lines,
      traffic: pageTraffic(scope?.groupRules, facts),
    };
  }

  readonly sourceNotes = this.#kept(() => {
    const { file } = this.#options.state;
    const stored = file && storedSource(file);
    return stored === undefined ? [] : sourceNotes(stored.record);
  });

  readonly scopes = this.#kept(() =>
    allAtOnce(this.#options.processView.scopes()).map((view) => {
      const scope = this.#scope(view.scope);
      const { cloud, journal } = scope?.problem ?? {};
      const problem = cloud === undefined ? journal : failureText(cloud, scope?.scope.region ?? '');
      const shown = view.leader ? view : this.#ledElsewhere(view);
      return problem === undefined ? shown : { ...shown, problem };
    }),
  );

  readonly windows = () => this.#options.controller.windows;

  readonly plan = this.#kept(() => {
    const { controller, mayTell } = this.#options;
    const own = controller.statusView
      .differingRows()
      .filter(({ origin, scope }) => origin.kind === 'directory' || mayTell(scopeKey(scope)));
    const reported = this.#reported().flatMap((status) =>
      status.instances.flatMap((instance) => reportedRow(instance, status) ?? []),
    );
    const rows = reported.length === 0 ? own : [...own, ...reported].sort(byBinding);
    return rows.filter(({ observed, steps }) => observed === undefined || steps.length > 0);
  });

  readonly groupNames = this.#kept(() => this.#options.controller.groupNames());

  readonly pendingPlans = this.#kept(() => {
    const waiting = this.bindings().filter((status) => status.pendingPlans !== undefined);
    return pendingPlans(waiting).map((plan) => {
      const first = waiting.find(({ key }) => key === plan.bindings[0]);
      const flags = first === undefined ? '' : this.#options.published.approveFlags(first);
      return { ...plan, command: `cvmsg approve ${plan.digest} ${flags}` };
    });
  });

  readonly history = (query: HistoryQuery) => this.#history.page(query);

  readonly drift = this.#kept(() => this.#history.drift());

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

  #objects() {
    const { source } = this.#options.cluster ?? {};
    return [...(source?.keys() ?? [])].flatMap((key) => source?.object(key) ?? []);
  }

  /** What the objects tell of bindings for which another replica speaks. */
  #reported(): BindingStatus[] {
    return this.#objects()
      .map((object) => objectStatus(object).status)
      .filter(({ scope }) => !this.#options.mayTell(scopeKey(scope)));
  }

  /** Nothing was read here, so nothing grows old. */
  #ledElsewhere(view: ScopeView): ShownScope {
    const holder = this.#options.cluster?.leases.holder(view.scope) ?? '';
    return { ...view, oldestObservationAgeSeconds: undefined, ...(holder === '' ? {} : { holder }) };
  }

  #scope(key: string) {
    return [...this.#options.controller.scopes].find(({ scope }) => scopeKey(scope) === key);
  }

  /** The same as long as the binding reads the same, as most of a fleet does for hours; names are looked at again at times. */
  #instancesOf(binding: BindingStatus): readonly ShownInstance[] {
    const nowMs = this.#options.clock.now();
    if (nowMs - this.#shownMs >= NAMES_EVERY_MS) {
      this.#shownMs = nowMs;
      this.#shown = new WeakMap();
    }
    const known = this.#shown.get(binding);
    if (known !== undefined) return known;
    const scope = scopeKey(binding.scope);
    const records = this.#scope(scope)?.records;
    const made = binding.instances.map((status) => {
      // Nothing is told of an instance that the binding may not name.
      const name = status.sgIds && records?.get(status.instanceId)?.observed?.name;
      return { ...status, ...(name === undefined ? {} : { name }), binding: binding.key, scope };
    });
    this.#shown.set(binding, made);
    return made;
  }

  /** Answers the same to all who ask between two changes that listeners are told of. */
  #kept<T>(make: () => T): () => T {
    let made: { readonly value: T; readonly changes: number; readonly atMs: number } | undefined;
    return () => {
      const atMs = this.#options.clock.now();
      if (made?.changes !== this.#changes || atMs - made.atMs >= LONGEST_KEPT_MS)
        made = { value: make(), changes: this.#changes, atMs };
      return made.value;
    };
  }

  #changeSoon(): void {
    const { clock } = this.#options;
    const waitMs = Math.max(0, this.#changedMs + CHANGES_EVERY_MS - clock.now());
    this.#cancel ??= clock.setTimer(waitMs, () => {
      this.#cancel = undefined;
      this.#changedMs = clock.now();
      this.#changes++;
      for (const listener of this.#listeners) listener();
    });
  }
}

function byBinding(a: { readonly binding: string }, b: { readonly binding: string }): number {
  return a.binding < b.binding ? -1 : a.binding > b.binding ? 1 : 0;
}

// The history that the page shows: from the journal, or from what the objects of a cluster tell.

const DAY_MS = 86_400_000;
/** Days of drift. */
const DAYS = 14;
/** Writes of one page; those of one call with the same lists are one line. */
const WRITES_OF_PAGE = 100;

interface PageHistoryOptions {
  readonly state: RunState;
  readonly objects: () => Iterable<BindingObject>;
  readonly clock: Clock;
}

export class PageHistory {
  readonly #options: PageHistoryOptions;
  readonly #journal: JournalTable | undefined;
  readonly #traffic: TrafficTable | undefined;

  constructor(options: PageHistoryOptions) {
    this.#options = options;
    const { file } = options.state;
    this.#journal = file && new JournalTable(file.database, { clock: options.clock, actor: 'page' });
    this.#traffic = file && new TrafficTable(file.database);
  }

  page(query: HistoryQuery): HistoryPage {
    return this.#journal === undefined ? this.#ofObjects(query) : this.#ofJournal(this.#journal, query);
  }

  drift(): ReturnType<PageView['drift']> {
    const today = Math.floor(this.#options.clock.wall() / DAY_MS);
    const first = today - DAYS + 1;
    const counts = this.#journal?.driftPerDay(first * DAY_MS) ?? this.#objectDrift();
    return Array.from({ length: DAYS }, (_, index) => ({
      day: new Date((first + index) * DAY_MS).toISOString().slice(0, 'YYYY-MM-DD'.length),
      instances: counts.get(first + index) ?? 0,
    }));
  }

  /** What changed traffic without a write stands between the writes before and after it. */
  #ofJournal(journal: JournalTable, { page, ...filter }: HistoryQuery): HistoryPage {
    const offset = (page - 1) * WRITES_OF_PAGE;
    const rows = journal.query({ ...filter, offset, limit: WRITES_OF_PAGE + 1 });
    const [newest] = rows;
    const next = rows[WRITES_OF_PAGE];
    const writes = rows.slice(0, WRITES_OF_PAGE);
    const within: HistoryFilter = {
      ...filter,
      ...(page > 1 && newest !== undefined ? { untilMs: newest.intendedMs } : {}),
      ...(next === undefined ? {} : { sinceMs: next.intendedMs + 1 }),
    };
    const traffic = page > 1 && newest === undefined ? [] : (this.#traffic?.query(within) ?? []);
    return { lines: historyLines(historyEntries(writes, traffic)), more: next !== undefined };
  }

  #ofObjects({ page, ...filter }: HistoryQuery): HistoryPage {
    const matching = objectWrites([...this.#options.objects()]).filter((write) => isWithin(filter, write));
    const end = page * WRITES_OF_PAGE;
    const lines = objectLines(matching.slice(end - WRITES_OF_PAGE, end));
    return { lines, more: matching.length > end, note: OBJECTS_TELL_LITTLE };
  }

  #objectDrift(): ReadonlyMap<number, number> {
    const counts = new Map<number, number>();
    for (const { cause, time, instanceCount } of objectWrites([...this.#options.objects()])) {
      const day = Math.floor(Date.parse(time) / DAY_MS);
      if (cause === 'drift') counts.set(day, (counts.get(day) ?? 0) + instanceCount);
    }
    return counts;
  }
}

// What the list of an instance allows, by the rules that the controller has read anyway: nobody is asked for a page.

/** @param rules those of the scope; undefined where nobody reads them. */
function pageTraffic(
  rules: Pick<ScopeRules, 'effects' | 'state'> | undefined,
  { status, desired }: Pick<ClaimFacts, 'status' | 'desired'>,
): ShownTraffic {
  const observed = status?.sgIds;
  if (observed === undefined) return { notRead: 'the list of the instance is not known' };
  if (rules === undefined)
    return { notRead: 'this process reads no rules, or does not act for the account and region' };
  const unread = [...observed, ...(desired ?? [])].filter((sgId) => rules.state(sgId) === 'unread');
  if (unread.length > 0) return { notRead: `those of ${[...new Set(unread)].join(', ')} are being read` };
  const { effects } = rules;
  const { groups } = effects.book;
  const change = (before: GroupList, after: GroupList) =>
    before.join() === after.join() ? [] : trafficLines(effects.change(before, after), { groups });
  const target = desired ?? observed;
  return {
    rules: shownRules(observed, effects),
    difference: change(target, observed),
    repair: change(observed, target),
  };
}

function shownRules(list: GroupList, { rules, book }: ScopeRules['effects']): ShownRule[] {
  const shadowed = shadowedRules(rules, list);
  return DIRECTIONS.flatMap((direction) =>
    placedRules(list, { groups: book.groups, shadowed, direction }).map((rule): ShownRule => {
      const text = placedRuleText(rule, { direction, groups: book.groups });
      return { direction, text, ...(rule.shadowedBy && { never: neverMatches(rule.shadowedBy) }) };
    }),
  );
}
