/**
 * The state layer: what the simulated cloud holds and what happened to it. Knows neither requests nor envelopes.
 * Every change is synchronous; a read may lag behind where a write was told to settle late.
 */
import type { Clock } from '../runtime/clock.ts';
import { BoundedLog } from './bounded-log.ts';
import type { Fleet, FleetGroup, FleetTemplates } from './fleet.ts';
import { createInstance, fleetEntry, type SimulatedInstance } from './instance.ts';
import { isKnownRegion } from './regions.ts';

/** One effective change of one instance's list: `before` and `after` always differ. */
export interface ListChange {
  readonly timeMs: number;
  readonly instanceId: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** Empty for a change made from outside the API. */
  readonly account: string;
  /** The API action, or `drift` for a change made from outside the API. */
  readonly action: string;
  readonly requestId: string;
}

/** Who changes a list, and how late reads follow. */
export interface ChangeCause {
  readonly account: string;
  readonly action: string;
  readonly requestId: string;
  /** Reads keep showing the list before the change for this long. */
  readonly staleReadsMs?: number;
}

const OUTSIDE_THE_API: ChangeCause = { account: '', action: 'drift', requestId: '' };

interface StaleList {
  readonly list: readonly string[];
  readonly untilMs: number;
}

const same = (left: readonly string[], right: readonly string[]): boolean =>
  left.length === right.length && left.every((value, index) => value === right[index]);

export class SimulatedCloud {
  readonly #clock: Clock;
  readonly accounts: readonly string[];
  readonly #regions: ReadonlySet<string>;
  readonly #instances = new Map<string, SimulatedInstance>();
  readonly #groups = new Map<string, Map<string, FleetGroup>>();
  readonly #templates = new Map<string, FleetTemplates>();
  readonly #stale = new Map<string, StaleList[]>();
  readonly #history = new BoundedLog<ListChange>({ entries: 100_000 });
  readonly #listeners = new Set<(change: ListChange) => void>();
  #version = 0;

  constructor(fleet: Fleet, clock: Clock) {
    this.#clock = clock;
    this.accounts = fleet.accounts;
    this.#regions = new Set(Object.keys(fleet.regions));
    for (const [region, { securityGroups, instances, ...templates }] of Object.entries(fleet.regions)) {
      this.#templates.set(region, templates);
      this.#groups.set(region, new Map(securityGroups.map((group) => [group.securityGroupId, group])));
      for (const entry of instances) this.#instances.set(entry.instanceId, createInstance(region, entry));
    }
  }

  /** Grows with every change, so that one can tell whether something is to be saved. */
  get version(): number {
    return this.#version;
  }

  /** Every effective change of a list, oldest first; the latest 100,000. */
  get history(): readonly ListChange[] {
    return this.#history.entries();
  }

  /** Calls `listener` at every effective change of a list, at once; the returned function ends that. */
  onChange(listener: (change: ListChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  hasRegion(region: string): boolean {
    return this.#regions.has(region) || isKnownRegion(region);
  }

  instances(): Iterable<SimulatedInstance> {
    return this.#instances.values();
  }

  instance(instanceId: string): SimulatedInstance | undefined {
    return this.#instances.get(instanceId);
  }

  /** The true list, whatever reads show. @throws RangeError when there is no such instance. */
  list(instanceId: string): readonly string[] {
    return this.#mustHave(instanceId).securityGroupIds;
  }

  /** The list that a read shows at this moment. */
  visibleList(instance: SimulatedInstance): readonly string[] {
    const stale = this.#stale.get(instance.instanceId);
    if (stale === undefined) return instance.securityGroupIds;
    const now = this.#clock.now();
    while (stale[0] !== undefined && stale[0].untilMs <= now) stale.shift();
    if (stale[0] !== undefined) return stale[0].list;
    this.#stale.delete(instance.instanceId);
    return instance.securityGroupIds;
  }

  /** The instances that an account sees in a region, in order of creation. */
  visibleTo(account: string, region: string): SimulatedInstance[] {
    const seen: SimulatedInstance[] = [];
    for (const instance of this.#instances.values()) {
      if (isVisible(instance, account) && instance.region === region) seen.push(instance);
    }
    return seen;
  }

  /** One instance as an account sees it in a region. */
  find(instanceId: string, account: string, region: string): SimulatedInstance | undefined {
    const instance = this.#instances.get(instanceId);
    return instance?.region === region && isVisible(instance, account) ? instance : undefined;
  }

  groups(account: string, region: string): FleetGroup[] {
    return [...(this.#groups.get(region)?.values() ?? [])].filter((group) => isVisible(group, account));
  }

  hasGroup(securityGroupId: string, account: string, region: string): boolean {
    return this.group(securityGroupId, account, region) !== undefined;
  }

  /** One group as an account sees it in a region. */
  group(securityGroupId: string, account: string, region: string): FleetGroup | undefined {
    const group = this.#groups.get(region)?.get(securityGroupId);
    return group !== undefined && isVisible(group, account) ? group : undefined;
  }

  /** The templates of a region. */
  templates(region: string): FleetTemplates {
    return this.#templates.get(region) ?? {};
  }

  /** Each region with its groups, whoever owns them. */
  allGroups(): { readonly region: string; readonly group: FleetGroup }[] {
    return [...this.#groups].flatMap(([region, groups]) =>
      [...groups.values()].map((group) => ({ region, group })),
    );
  }

  /** The groups of a region, whoever owns them. */
  groupIds(region: string): readonly string[] {
    return [...(this.#groups.get(region)?.keys() ?? [])];
  }

  addGroup(region: string, group: FleetGroup): void {
    const groups = this.#groups.get(region) ?? new Map<string, FleetGroup>();
    groups.set(group.securityGroupId, group);
    this.#groups.set(region, groups);
    this.#version++;
  }

  removeGroup(region: string, securityGroupId: string): boolean {
    this.#version++;
    return this.#groups.get(region)?.delete(securityGroupId) ?? false;
  }

  /** Replaces the whole list. Records a change only when the list is a different one. @throws RangeError when there is no such instance. */
  setList(instanceId: string, list: readonly string[], cause: ChangeCause = OUTSIDE_THE_API): void {
    const instance = this.#mustHave(instanceId);
    const before = instance.securityGroupIds;
    if (same(before, list)) return;
    const timeMs = this.#clock.now();
    if (cause.staleReadsMs !== undefined && cause.staleReadsMs > 0) {
      const stale = this.#stale.get(instanceId) ?? [];
      stale.push({ list: before, untilMs: timeMs + cause.staleReadsMs });
      this.#stale.set(instanceId, stale);
    }
    instance.securityGroupIds = [...list];
    const { account, action, requestId } = cause;
    const change: ListChange = {
      timeMs,
      instanceId,
      before,
      after: instance.securityGroupIds,
      account,
      action,
      requestId,
    };
    this.#history.push(change);
    this.#version++;
    for (const listener of this.#listeners) listener(change);
  }

  /** Changes what is not the list. @throws RangeError when there is no such instance. */
  patch(
    instanceId: string,
    fields: Partial<Omit<SimulatedInstance, 'instanceId' | 'region' | 'account' | 'securityGroupIds'>>,
  ): void {
    Object.assign(this.#mustHave(instanceId), fields);
    this.#version++;
  }

  addInstance(region: string, entry: Parameters<typeof createInstance>[1]): void {
    this.#instances.set(entry.instanceId, createInstance(region, entry));
    this.#version++;
  }

  removeInstance(instanceId: string): boolean {
    this.#stale.delete(instanceId);
    this.#version++;
    return this.#instances.delete(instanceId);
  }

  /** Everything it holds, as a fleet that starts the same cloud again. */
  toFleet(): Fleet {
    const regions = new Set([...this.#regions, ...this.#groups.keys()]);
    for (const instance of this.#instances.values()) regions.add(instance.region);
    return {
      accounts: this.accounts,
      regions: Object.fromEntries(
        [...regions].map((region) => [
          region,
          {
            securityGroups: [...(this.#groups.get(region)?.values() ?? [])],
            instances: [...this.#instances.values()].filter((it) => it.region === region).map(fleetEntry),
            ...this.#templates.get(region),
          },
        ]),
      ),
    };
  }

  #mustHave(instanceId: string): SimulatedInstance {
    const instance = this.#instances.get(instanceId);
    if (instance === undefined) throw new RangeError(`The simulated cloud has no instance '${instanceId}'.`);
    return instance;
  }
}

function isVisible(owned: { readonly account?: string | undefined }, account: string): boolean {
  return owned.account === undefined || owned.account === account;
}
