/** The cloud's rate limits: calls per action, account and region, counted in fixed windows of one second of server time. */

export interface Quotas {
  /** Calls per second of the actions that change security groups. */
  readonly writesPerSecond: number;
  /** Calls per second of DescribeInstances. */
  readonly readsPerSecond: number;
  /** Calls per second of each action that reads rules or templates. */
  readonly rulesPerSecond: number;
  /** Calls per second of every other action. */
  readonly othersPerSecond: number;
  /** Calls per second by action name; goes before those above. */
  readonly perAction: Readonly<Record<string, number>>;
}

export const DEFAULT_QUOTAS: Quotas = {
  writesPerSecond: 10,
  readsPerSecond: 40,
  rulesPerSecond: 100,
  othersPerSecond: 20,
  perAction: {},
};

export interface QuotaKey {
  readonly action: string;
  readonly account: string;
  readonly region: string;
}

/** Actions that change an instance's list. */
export const WRITE_ACTIONS: ReadonlySet<string> = new Set([
  'ModifySecurityGroupsOfInstance',
  'ModifyInstancesAttribute',
  'AssociateSecurityGroups',
  'DisassociateSecurityGroups',
]);

/** Actions that read rules, templates or who refers to a group. */
const RULE_ACTIONS: ReadonlySet<string> = new Set([
  'DescribeSecurityGroupPolicies',
  'DescribeSecurityGroupPolicys',
  'DescribeSecurityGroupReferences',
  'DescribeAddressTemplates',
  'DescribeAddressTemplateGroups',
  'DescribeServiceTemplates',
  'DescribeServiceTemplateGroups',
]);

interface Window {
  second: number;
  calls: number;
}

export type QuotaResult =
  | { readonly within: true; readonly calls: number }
  | { readonly within: false; readonly calls: number; readonly limit: number };

export class QuotaBook {
  readonly #quotas: Quotas;
  readonly #windows = new Map<string, Window>();
  readonly #peaks = new Map<string, number>();

  constructor(quotas: Quotas) {
    this.#quotas = quotas;
  }

  limitOf(action: string): number {
    const { perAction } = this.#quotas;
    const own = Object.hasOwn(perAction, action) ? perAction[action] : undefined;
    if (own !== undefined) return own;
    if (WRITE_ACTIONS.has(action)) return this.#quotas.writesPerSecond;
    if (RULE_ACTIONS.has(action)) return this.#quotas.rulesPerSecond;
    return action === 'DescribeInstances' ? this.#quotas.readsPerSecond : this.#quotas.othersPerSecond;
  }

  /** Counts one call at `serverMs`. Refused calls count too: a client that hammers stays refused until the second ends. */
  count(key: QuotaKey, serverMs: number): QuotaResult {
    const second = Math.floor(serverMs / 1000);
    const name = `${key.action}\n${key.account}\n${key.region}`;
    let window = this.#windows.get(name);
    if (window === undefined || window.second !== second) {
      window = { second, calls: 0 };
      this.#windows.set(name, window);
    }
    window.calls++;
    this.#peaks.set(key.action, Math.max(this.#peaks.get(key.action) ?? 0, window.calls));
    const limit = this.limitOf(key.action);
    return window.calls <= limit
      ? { within: true, calls: window.calls }
      : { within: false, calls: window.calls, limit };
  }

  /** The most calls that one account made in one region within one window, refused ones included. */
  peakPerWindow(action: string): number {
    return this.#peaks.get(action) ?? 0;
  }

  resetPeaks(): void {
    this.#peaks.clear();
  }
}
