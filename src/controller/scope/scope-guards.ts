/** What the guards of one scope decide by, and the budget of its changes. */
import type { InstanceId } from '../../api/ids.ts';
import type { GuardRules } from '../../core/guard-port.ts';
import { dependsOnRules } from '../../core/guards/exposure.ts';
import { type Binding, type GroupList, scopeKey } from '../../core/model.ts';
import type { CloudClient } from '../../ports/cloud.ts';
import type { RecentWrite } from '../../ports/journal.ts';
import { sinceWall } from '../../runtime/clock.ts';
import type { Budget } from '../budget/budget.ts';
import { ChangeBudget } from '../budget/change-budget.ts';
import { OnePlanBudget } from '../budget/one-plan-budget.ts';
import type { ScopeClaims } from '../restoration/scope-claims.ts';
import { GroupCatalog } from './group-catalog.ts';
import type { ScopePorts } from './scope-ports.ts';
import type { RuleNews, ScopeRules } from './scope-rules.ts';

export interface ScopeGuardsOptions extends ScopePorts {
  readonly client: CloudClient;
  readonly signal: AbortSignal;
  readonly claimed: ScopeClaims;
  readonly groupRules: ScopeRules | undefined;
  /** What guards say of these may have changed; undefined: of all. */
  readonly changed: (ids: Iterable<InstanceId> | undefined) => void;
}

export class ScopeGuards {
  readonly budget: Budget;
  readonly #options: ScopeGuardsOptions;
  readonly #catalog: GroupCatalog | undefined;
  /** Would be written, and wait until the groups were read again. */
  readonly #awaiting = new Set<InstanceId>();
  /** Would be written, and wait until rules were read. */
  readonly #awaitingRules = new Map<InstanceId, GroupList>();

  constructor(options: ScopeGuardsOptions) {
    this.#options = options;
    const { client, settings } = options;
    this.#catalog = settings.policy.verifyGroups
      ? new GroupCatalog({ ...options, onChange: ({ same }) => this.#groupsRead(same) })
      : undefined;
    this.budget = this.#makeBudget();
    this.#rememberWrites(scopeKey(client.scope));
    this.#rememberChanges();
  }

  #makeBudget(): Budget {
    const options = this.#options;
    const { client, settings, claims, claimed } = options;
    if (settings.onlyPlan !== undefined) return new OnePlanBudget(client.scope, settings.onlyPlan);
    return new ChangeBudget({
      ...options,
      scope: client.scope,
      blastRadius: settings.policy.blastRadius,
      tenancy: claims.tenancy,
      claims: claimed,
    });
  }

  /** At this moment. */
  rules(): GuardRules {
    const { settings, windows } = this.#options;
    return {
      maxGroupsPerInstance: settings.maxGroupsPerInstance,
      policy: settings.policy,
      windows: windows.states(),
      groups: this.#catalog?.knowledge ?? { state: 'unchecked' },
      traffic: this.#options.groupRules ?? { mode: 'off' },
      together: (id) => this.budget.result(id),
    };
  }

  /** These are declared. @param changed those that nobody has found in sync with their declaration: they may change once they are read. */
  declared(ids: readonly InstanceId[], changed: readonly InstanceId[]): void {
    this.budget.expect(changed);
    for (const id of ids) this.need(id);
  }

  /** These groups will be asked for. */
  prefetch(list: GroupList): void {
    this.#catalog?.need(list);
    this.#options.groupRules?.look(list, '');
  }

  /**
   * An instance would be written: what is known of its groups has to be fresh, and their rules where the change depends on
   * them. False while something is read again.
   * @param present lists that the instance may have now.
   */
  need(id: InstanceId, present: readonly GroupList[] = []): boolean {
    const owner = this.#options.claimed.of(id)?.owner;
    if (owner === undefined) return true;
    const groups = this.#catalog?.need(owner.sgIds) ?? true;
    if (!groups) this.#awaiting.add(id);
    const wanted = [owner.sgIds, ...present].flat();
    const rules = this.#needRules(owner, wanted);
    if (!rules) this.#awaitingRules.set(id, wanted);
    return groups && rules;
  }

  #needRules(binding: Binding, wanted: GroupList): boolean {
    const { groupRules, claims } = this.#options;
    if (groupRules === undefined || !dependsOnRules({ binding, rules: this.rules() })) return true;
    return groupRules.need(wanted, claims.tenancy.turnOf(binding));
  }

  /** Rules were read, or could not be: these have to be decided anew. @param groupsOf groups of the lists of each instance. */
  rulesRead(
    { changed, first }: RuleNews,
    groupsOf: Iterable<readonly [InstanceId, GroupList]>,
  ): InstanceId[] {
    const concerned = new Set<InstanceId>();
    for (const [id, wanted] of this.#awaitingRules) {
      if (this.#options.groupRules?.waits(wanted)) continue;
      this.#awaitingRules.delete(id);
      concerned.add(id);
    }
    if (this.#judgesTraffic && changed.size + first.size > 0) {
      for (const [id, groups] of groupsOf) {
        if (groups.some((sgId) => changed.has(sgId) || first.has(sgId))) concerned.add(id);
      }
    }
    return [...concerned];
  }

  /** Whether anything is decided by rules. */
  get #judgesTraffic(): boolean {
    const { policy, traffic } = this.#options.settings;
    return policy.exposure.length > 0 || traffic === 'require';
  }

  /** Whether a change waits for rules that are being read. */
  get rulesPending(): boolean {
    return this.#awaitingRules.size > 0;
  }

  /** The scope is this replica's from now on: what another one has changed of late counts on. */
  gained(): void {
    this.#rememberChanges();
    this.#catalog?.gained();
    this.#options.groupRules?.gained();
  }

  /** A large fleet is not looked at anew for one instance that waited. */
  #groupsRead(same: boolean): void {
    const concerned = same ? [...this.#awaiting] : undefined;
    this.#awaiting.clear();
    this.#options.changed(concerned);
  }

  /** Whether the groups of the scope are being read for the first time, and that has not failed. */
  get groupsPending(): boolean {
    return this.#catalog?.pending ?? false;
  }

  /** Resolves when the calls in flight have ended. */
  async stop(): Promise<void> {
    this.budget.close();
    await this.#catalog?.stop();
  }

  /** The same, as the sources tell it. */
  #rememberChanges(): void {
    const { sources, client, clock, settings, claims } = this.#options;
    const { blastRadius } = settings.policy;
    if (blastRadius === undefined) return;
    const sinceMs = clock.wall() - blastRadius.periodMs;
    for (const source of sources) {
      for (const { id, declarer, atMs } of source.memory.changes(scopeKey(client.scope), sinceMs)) {
        const tenant = claims.tenancy.tenantOf(declarer);
        this.budget.remember(id as InstanceId, tenant, sinceWall(clock, atMs));
      }
    }
  }

  /** What an earlier process changed of late counts on. */
  #rememberWrites(key: string): void {
    const { journal, clock, settings, claims } = this.#options;
    const { blastRadius } = settings.policy;
    if (blastRadius === undefined) return;
    const tenantOf = ({ binding, origin }: RecentWrite) =>
      claims.tenancy.tenantOf({ namespace: binding.split('/')[0] ?? '', origin });
    for (const write of journal.recent(clock.wall() - blastRadius.periodMs)) {
      // An emergency opens windows, and no budget.
      const ordinary = write.permit?.approvedBy === undefined && write.outcome !== 'rejected';
      if (ordinary && scopeKey(write.scope) === key)
        this.budget.remember(write.instanceId, tenantOf(write), sinceWall(clock, write.intendedMs));
    }
  }
}
