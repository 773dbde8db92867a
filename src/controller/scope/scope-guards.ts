/** What the guards of one scope decide by, and the budget of its changes. */
import { isApproved } from '../../api/approval.ts';
import type { InstanceId } from '../../api/ids.ts';
import type { CloudClient } from '../../cloud/port.ts';
import type { GuardRules } from '../../core/guard-port.ts';
import { type GroupList, scopeKey } from '../../core/model.ts';
import { sinceWall } from '../../runtime/clock.ts';
import type { RecentWrite } from '../../sinks/port.ts';
import type { Budget } from '../budget/budget.ts';
import { ChangeBudget } from '../budget/change-budget.ts';
import { OnePlanBudget } from '../budget/one-plan-budget.ts';
import { GroupCatalog } from './group-catalog.ts';
import type { ScopeClaims } from './scope-claims.ts';
import type { ScopePorts } from './scope-context.ts';

export interface ScopeGuardsOptions extends ScopePorts {
  readonly client: CloudClient;
  readonly signal: AbortSignal;
  readonly claimed: ScopeClaims;
  /** What guards say of these may have changed; undefined: of all. */
  readonly changed: (ids: Iterable<InstanceId> | undefined) => void;
}

export class ScopeGuards {
  readonly budget: Budget;
  readonly #options: ScopeGuardsOptions;
  readonly #catalog: GroupCatalog | undefined;
  /** Would be written, and wait until the groups were read again. */
  readonly #awaiting = new Set<InstanceId>();

  constructor(options: ScopeGuardsOptions) {
    this.#options = options;
    const { client, settings, leadership } = options;
    const key = scopeKey(client.scope);
    this.#catalog = settings.policy.verifyGroups
      ? new GroupCatalog({
          ...options,
          mayRun: () => leadership.mayAct(key),
          onChange: ({ same }) => this.#groupsRead(same),
        })
      : undefined;
    this.budget = this.#makeBudget();
    this.#rememberWrites(key);
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
      windows: windows(),
      groups: this.#catalog?.knowledge ?? { state: 'unchecked' },
      together: (id) => this.budget.result(id),
    };
  }

  /** These are declared. @param changed those that nobody has found in sync with their declaration: they may change once they are read. */
  declared(ids: readonly InstanceId[], changed: readonly InstanceId[]): void {
    this.budget.expect(changed);
    for (const id of ids) this.need(id);
  }

  /** These groups will be asked for. */
  foresee(list: GroupList): void {
    this.#catalog?.need(list);
  }

  /** An instance would be written: what is known of its groups has to be fresh. False while it is read again. */
  need(id: InstanceId): boolean {
    const list = this.#options.claimed.of(id)?.winner.sgIds;
    const fresh = list === undefined || this.#catalog === undefined || this.#catalog.need(list);
    if (!fresh) this.#awaiting.add(id);
    return fresh;
  }

  /** The scope is this replica's from now on: what another one has changed of late counts on. */
  gained(): void {
    this.#rememberChanges();
    this.#catalog?.gained();
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
      for (const { id, declarer, atMs } of source.changes?.(scopeKey(client.scope), sinceMs) ?? []) {
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
      const ordinary = !isApproved(write.authority) && write.outcome !== 'rejected';
      if (ordinary && scopeKey(write.scope) === key)
        this.budget.remember(write.instanceId, tenantOf(write), sinceWall(clock, write.intendedMs));
    }
  }
}
