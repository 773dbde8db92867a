/** Which declarations the tenants of a policy allow, and whose they are. Pure; it remembers what each binding may name. */
import type { InstanceId } from '../api/ids.ts';
import { tenancyText } from './guards/tenancy.ts';
import type { Binding, ObservedInstance } from './model.ts';
import type { Tenant } from './policy.ts';
import type { RuleFit } from './rule-scope.ts';
import { type Declarer, deniedGroups, instanceFit, isOfTenant } from './tenant-rights.ts';

/** An instance as far as tenants go by it: what was not read is absent. */
export type NamedInstance = Pick<ObservedInstance, 'instanceId' | 'tags' | 'vpcId'>;

export class Tenancy {
  readonly #tenants: readonly Tenant[];
  /** The tenants that a binding is of and that allow all of its groups. */
  readonly #allowing = new WeakMap<Binding, readonly Tenant[]>();

  constructor(tenants: readonly Tenant[]) {
    this.#tenants = tenants;
  }

  /** Whether anybody is told apart at all. */
  get isOpen(): boolean {
    return this.#tenants.length === 0;
  }

  /** Whether the binding may name the instance; `unknown` while that depends on tags or a VPC that were not read. */
  fit(binding: Binding, instance: NamedInstance): RuleFit {
    if (this.isOpen) return 'yes';
    const fits = this.#allowingOf(binding).map((tenant) => instanceFit(tenant, instance));
    return fits.find((fit) => fit === 'yes') ?? fits.find((fit) => fit === 'unknown') ?? 'no';
  }

  /** Whether the binding may name no instance at all: it is of no tenant, or of one that may not name its groups. */
  refusesWhole(binding: Binding): boolean {
    return !this.isOpen && this.#allowingOf(binding).length === 0;
  }

  /** Whose a declaration is: the first tenant that it is of; '' for none, and where there are no tenants. */
  tenantOf(declarer: Declarer): string {
    return this.#tenants.find((tenant) => isOfTenant(tenant, declarer))?.name ?? '';
  }

  /**
   * Who takes turns with others at the quota of a scope: a tenant; where there are none, an object's namespace, or the
   * folder of a file, which anybody may write any namespace into.
   */
  turnOf(declarer: Declarer): string {
    if (!this.isOpen) return this.tenantOf(declarer);
    const { origin, namespace } = declarer;
    return origin.kind === 'directory' ? origin.file.slice(0, origin.file.lastIndexOf('/') + 1) : namespace;
  }

  /** Why the binding may not name the instance, and what to do. */
  refusal(binding: Binding, instance: NamedInstance): string {
    return tenancyText(this.#tenants, binding, instance) ?? 'no tenant of the policy allows it';
  }

  /** Why the binding may name no instance at all; see {@link refusesWhole}. */
  wholeRefusal(binding: Binding): string {
    const byGroups = this.#tenants.map(({ instances: _, ...tenant }) => tenant);
    return tenancyText(byGroups, binding, { instanceId: '' as InstanceId }) ?? '';
  }

  #allowingOf(binding: Binding): readonly Tenant[] {
    const known = this.#allowing.get(binding);
    if (known !== undefined) return known;
    const own = this.#tenants.filter(
      (tenant) => isOfTenant(tenant, binding) && deniedGroups(tenant, binding.sgIds).length === 0,
    );
    this.#allowing.set(binding, own);
    return own;
  }
}
