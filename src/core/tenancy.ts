/** Which declarations the tenants of a policy allow, and whose they are. Pure; it remembers what each binding may name. */
import type { InstanceId } from '../api/ids.ts';
import { scopeDenial } from './allowed-scopes.ts';
import { type TenancyRules, tenancyText } from './guards/tenancy.ts';
import { type Binding, type ObservedInstance, scopeKey } from './model.ts';
import type { Tenant } from './policy.ts';
import type { RuleFit } from './rule-scope.ts';
import { type Declarer, deniedGroups, instanceFit, isOfTenant } from './tenant-rights.ts';

/** An instance as far as tenants go by it: what was not read is absent. */
export type NamedInstance = Pick<ObservedInstance, 'instanceId' | 'tags' | 'vpcId'>;

export class Tenancy {
  readonly #rules: TenancyRules;
  /** The tenants that a binding is of and that allow all of its groups. */
  readonly #allowing = new WeakMap<Binding, readonly Tenant[]>();

  constructor(rules: TenancyRules) {
    this.#rules = rules;
  }

  /** Whether everybody may name everything. */
  get isOpen(): boolean {
    const { tenants, regions, accounts } = this.#rules;
    return tenants.length === 0 && regions === undefined && accounts === undefined;
  }

  /** Whether declarations are of tenants. */
  get hasTenants(): boolean {
    return this.#rules.tenants.length > 0;
  }

  /** Whether the binding may name the instance; `unknown` while that depends on tags or a VPC that were not read. */
  fit(binding: Binding, instance: NamedInstance): RuleFit {
    if (this.isOpen) return 'yes';
    if (this.#isOutside(binding)) return 'no';
    if (!this.hasTenants) return 'yes';
    const fits = this.#allowingOf(binding).map((tenant) => instanceFit(tenant, instance));
    return fits.find((fit) => fit === 'yes') ?? fits.find((fit) => fit === 'unknown') ?? 'no';
  }

  /** Whether the binding may name no instance at all: its scope, or its groups, are not allowed, or it is of no tenant. */
  refusesWhole(binding: Binding): boolean {
    if (this.isOpen) return false;
    return this.#isOutside(binding) || (this.hasTenants && this.#allowingOf(binding).length === 0);
  }

  /** Whose a declaration is: the first tenant that it is of; '' for none, and where there are no tenants. */
  tenantOf(declarer: Declarer): string {
    return this.#rules.tenants.find((tenant) => isOfTenant(tenant, declarer))?.name ?? '';
  }

  /** Whether two declarations are of one binding: one of the same name of another tenant is another binding. */
  isSame(a: Binding, b: Binding): boolean {
    return a.key === b.key && (!this.hasTenants || this.tenantOf(a) === this.tenantOf(b));
  }

  /** Whether what one holds is held by the other as well: the same binding, asking through the same account and region. */
  holdsOn(a: Binding, b: Binding): boolean {
    return scopeKey(a.scope) === scopeKey(b.scope) && this.isSame(a, b);
  }

  /**
   * Who takes turns with others at the quota of a scope: a tenant; where there are none, an object's namespace, or the
   * folder of a file, which anybody may write any namespace into.
   */
  turnOf(declarer: Declarer): string {
    if (this.hasTenants) return this.tenantOf(declarer);
    const { origin, namespace } = declarer;
    return origin.kind === 'directory' ? origin.file.slice(0, origin.file.lastIndexOf('/') + 1) : namespace;
  }

  /** Why the binding may not name the instance, and what to do. */
  refusal(binding: Binding, instance: NamedInstance): string {
    return tenancyText(this.#rules, binding, instance) ?? 'no tenant of the policy allows it';
  }

  /** Why the binding may name no instance at all; see {@link refusesWhole}. */
  wholeRefusal(binding: Binding): string {
    const tenants = this.#rules.tenants.map(({ instances: _, ...tenant }) => tenant);
    return tenancyText({ ...this.#rules, tenants }, binding, { instanceId: '' as InstanceId }) ?? '';
  }

  #isOutside({ scope }: Binding): boolean {
    return scopeDenial(scope, this.#rules) !== undefined;
  }

  #allowingOf(binding: Binding): readonly Tenant[] {
    const known = this.#allowing.get(binding);
    if (known !== undefined) return known;
    const own = this.#rules.tenants.filter(
      (tenant) => isOfTenant(tenant, binding) && deniedGroups(tenant, binding.sgIds).length === 0,
    );
    this.#allowing.set(binding, own);
    return own;
  }
}
