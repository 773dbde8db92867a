/**
 * Whose the documents of a revision are, and which of several of one name is in force. In a directory anybody may write
 * any namespace and name, so a document of one tenant must not put that of another out of force.
 *
 * | documents of one name                         | in force                              |
 * |-----------------------------------------------|---------------------------------------|
 * | some are of no tenant                         | one of the others                     |
 * | all are of one tenant                         | none: the tenant has to choose        |
 * | of several, one of which names its namespaces | that one's                            |
 * | of several                                    | that of the tenant that had it before |
 */

import type { BindingKey, InstanceId } from '../api/ids.ts';
import type { Binding } from '../core/model.ts';
import type { Tenant } from '../core/policy.ts';
import { Tenancy } from '../core/tenancy.ts';
import type { BindingDocument } from '../documents/parsed-file.ts';
import type { RevisionRights } from '../documents/revision-check.ts';

export interface DocumentRightsOptions {
  readonly tenants: readonly Tenant[];
  /** What was declared before. */
  readonly previous: ReadonlyMap<BindingKey, Binding>;
  readonly bindingOf: (document: BindingDocument) => Binding;
}

export class DocumentRights implements RevisionRights {
  readonly #options: DocumentRightsOptions;
  readonly #tenancy: Tenancy;
  readonly #bindings = new WeakMap<BindingDocument, Binding>();

  constructor(options: DocumentRightsOptions) {
    this.#options = options;
    this.#tenancy = new Tenancy(options);
  }

  /** The binding that a document declares, made once. */
  bindingOf(document: BindingDocument): Binding {
    const known = this.#bindings.get(document);
    if (known !== undefined) return known;
    const made = this.#options.bindingOf(document);
    this.#bindings.set(document, made);
    return made;
  }

  areContenders(a: BindingDocument, b: BindingDocument): boolean {
    return this.#tenantOf(a) === this.#tenantOf(b);
  }

  mayName(document: BindingDocument, instanceId: string): boolean {
    return this.#tenancy.fit(this.bindingOf(document), { instanceId: instanceId as InstanceId }) !== 'no';
  }

  inForce(same: readonly BindingDocument[]): BindingDocument | undefined {
    const [first] = same;
    if (same.length === 1) return first;
    if (this.#tenancy.isOpen) return undefined;
    const allowed = same.filter((document) => !this.#tenancy.refusesWhole(this.bindingOf(document)));
    const named = allowed.filter((document) => this.#namesNamespaces(document));
    const left = named.length > 0 ? named : allowed;
    const [one, other] = left;
    if (one === undefined || other === undefined) return one;
    if (left.every((document) => this.areContenders(document, one))) return undefined;
    const before = this.#options.previous.get(this.bindingOf(one).key);
    if (before === undefined) return undefined;
    const tenant = this.#tenancy.tenantOf(before);
    const own = left.filter((document) => this.#tenantOf(document) === tenant);
    return own.length === 1 ? own[0] : undefined;
  }

  /** Whether a binding may stand in a file, as far as tenants go by files. */
  mayStandIn(binding: Binding, file: string): boolean {
    const { namespace, origin } = binding;
    const there = { kind: 'directory', file, line: 1, column: 1, revision: '' } as const;
    return (
      this.#tenancy.tenantOf({ namespace, origin }) === this.#tenancy.tenantOf({ namespace, origin: there })
    );
  }

  #tenantOf(document: BindingDocument): string {
    return this.#tenancy.tenantOf(this.bindingOf(document));
  }

  #namesNamespaces(document: BindingDocument): boolean {
    const name = this.#tenantOf(document);
    return this.#options.tenants.some((tenant) => tenant.name === name && tenant.namespaces !== undefined);
  }
}
