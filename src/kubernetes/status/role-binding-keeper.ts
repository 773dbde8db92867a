/**
 * Holds the rights of a followed namespace for as long as its objects need them. Whoever deletes a namespace deletes its
 * RoleBinding as well, in any order; without rights nobody could put lists back, or take the finalizers of its objects off.
 *
 * | RoleBinding | objects of the namespace                                   | finalizer shall be there |
 * |-------------|------------------------------------------------------------|--------------------------|
 * | present     | one has, or shall have, our finalizer                      | yes                      |
 * | present     | none does                                                  | no                       |
 * | deleting    | one that is being deleted has it                           | yes                      |
 * | deleting    | others have it, and the namespace is being deleted as well | yes                      |
 * | deleting    | others have it: somebody takes our rights away             | no                       |
 *
 * It goes with one patch, so the RoleBinding has to refer to a ClusterRole: a Role would be deleted too, and of two that
 * are held the first to go would take the right to let go of the second away.
 */

import { messageOf } from '../../api/message-of.ts';
import { hasRestoreFinalizer, RESTORE_FINALIZER } from '../../api/resource.ts';
import type { KubeConnection } from '../client/kube-connection.ts';
import { KubeError } from '../client/kube-error.ts';
import { type KubeObject, keyOf } from '../client/kube-object.ts';
import { isNamespaceEnding } from '../client/namespace-end.ts';
import { Reflector, type ReflectorOptions } from '../client/reflector.ts';
import type { PolicyObject, RightsHolder } from './finalizer-keeper.ts';

type RoleBinding = KubeObject & { readonly roleRef?: { readonly kind?: string } };

export interface RoleBindingKeeperOptions
  extends Pick<ReflectorOptions<RoleBinding>, 'connection' | 'clock' | 'random' | 'log'> {
  readonly signal: AbortSignal;
  /** The followed namespaces. */
  readonly namespaces: readonly string[];
  /** Of the RoleBinding in each of them. */
  readonly name: string;
  /** Whether what is known of the objects of a namespace is what they are now. */
  readonly isFollowed: (namespace: string) => boolean;
  /** Whether this replica acts for the object. */
  readonly leads: (key: string) => boolean;
  /** It is time to {@link RoleBindingKeeper.keep} again. */
  readonly onChange: () => void;
}

const PATH = '/apis/rbac.authorization.k8s.io/v1';
/** By then every API server knows that the namespace is being deleted. */
const NEWS_MS = 1_000;
/** A watch that may not be read tries again within half of it. */
const LASTING_FAULT_MS = 60_000;

export class RoleBindingKeeper implements RightsHolder {
  readonly #options: RoleBindingKeeperOptions;
  readonly #connection: KubeConnection;
  readonly #reflectors: ReadonlyMap<string, Reflector<RoleBinding>>;
  /** When each RoleBinding was first seen as one that is being deleted, by namespace. */
  readonly #deletingSinceMs = new Map<string, number>();
  /** Why the rights of a namespace are not held, since when, and whether that was said. */
  readonly #problems = new Map<
    string,
    { readonly why: string; readonly sinceMs: number; isReported: boolean }
  >();

  constructor(options: RoleBindingKeeperOptions) {
    this.#options = options;
    this.#connection = options.connection;
    this.#reflectors = new Map(
      options.namespaces.map((namespace) => [
        namespace,
        new Reflector<RoleBinding>({
          ...options,
          namespace,
          path: `${PATH}/namespaces/${namespace}/rolebindings`,
          fieldSelector: `metadata.name=${options.name}`,
          onChange: () => this.#changed(namespace),
          onForbidden: options.onChange,
        }),
      ]),
    );
  }

  /** Follows the RoleBindings until the signal aborts. */
  start(): void {
    for (const reflector of this.#reflectors.values()) void reflector.run(this.#options.signal);
  }

  /** Puts the finalizer on and takes it off, once; what fails is tried by the next call. */
  async keep(objects: readonly PolicyObject[]): Promise<ReadonlySet<string>> {
    const byNamespace = Map.groupBy(objects, ({ metadata }) => metadata.namespace ?? 'default');
    const waits = await Promise.all(
      [...this.#reflectors].map(async ([namespace, reflector]) => {
        const held = byNamespace.get(namespace) ?? [];
        return (await this.#keep(namespace, reflector, held)) ? [] : [namespace];
      }),
    );
    return new Set(waits.flat());
  }

  #changed(namespace: string): void {
    const { clock, name, onChange } = this.#options;
    const binding = this.#reflectors.get(namespace)?.get(`${namespace}/${name}`);
    if (binding?.metadata.deletionTimestamp === undefined) this.#deletingSinceMs.delete(namespace);
    else if (!this.#deletingSinceMs.has(namespace)) {
      this.#deletingSinceMs.set(namespace, clock.now());
      clock.setTimer(NEWS_MS, onChange);
    }
    onChange();
  }

  /** Returns false when the rights are not held yet and may soon be. */
  async #keep(
    namespace: string,
    reflector: Reflector<RoleBinding>,
    objects: readonly PolicyObject[],
  ): Promise<boolean> {
    const needing = objects.filter((object) => this.#needs(object));
    const binding = reflector.get(`${namespace}/${this.#options.name}`);
    const problem = problemOf(reflector, binding);
    if (needing.length > 0 && problem !== undefined) this.#tell(namespace, problem);
    else this.#problems.delete(namespace);
    if (reflector.forbidden !== undefined) return true;
    if (!reflector.synced) return needing.length === 0;
    if (binding === undefined) return true;
    const shallBeHeld = await this.#shallBeHeld(binding, needing);
    return shallBeHeld === hasRestoreFinalizer(binding) || this.#patch(binding, shallBeHeld);
  }

  #needs(object: PolicyObject): boolean {
    if (hasRestoreFinalizer(object)) return true;
    const { deletionTimestamp } = object.metadata;
    return deletionTimestamp === undefined && object.spec?.deletionPolicy === 'Restore';
  }

  async #shallBeHeld(binding: RoleBinding, needing: readonly PolicyObject[]): Promise<boolean> {
    const { clock, isFollowed, leads, signal } = this.#options;
    const { namespace = '', deletionTimestamp } = binding.metadata;
    const isHeld = hasRestoreFinalizer(binding);
    if (isOfRole(binding)) return false;
    if (needing.length === 0) return isHeld && !isFollowed(namespace);
    if (deletionTimestamp === undefined) return isHeld || needing.some((object) => leads(keyOf(object)));
    if (!isHeld || needing.some(({ metadata }) => metadata.deletionTimestamp !== undefined)) return isHeld;
    const sinceMs = this.#deletingSinceMs.get(namespace) ?? clock.now();
    if (clock.now() - sinceMs < NEWS_MS) return true;
    return isNamespaceEnding(this.#connection, namespace, signal).catch(() => true);
  }

  /** Returns false when somebody has changed the RoleBinding meanwhile. */
  async #patch(binding: RoleBinding, shallBeHeld: boolean): Promise<boolean> {
    const { log, signal } = this.#options;
    const { namespace = '', name, uid, resourceVersion, finalizers = [] } = binding.metadata;
    const others = finalizers.filter((one) => one !== RESTORE_FINALIZER);
    const path = `${PATH}/namespaces/${namespace}/rolebindings/${encodeURIComponent(name)}?fieldManager=cvmsg`;
    // Nothing else may change with it: the server lets nobody grant more than he has, and asks no such thing for a finalizer.
    const body = {
      metadata: { uid, resourceVersion, finalizers: shallBeHeld ? [...others, RESTORE_FINALIZER] : others },
    };
    try {
      await this.#connection.json(
        { method: 'PATCH', path, contentType: 'application/merge-patch+json', body },
        signal,
      );
    } catch (error) {
      if (signal.aborted || (error instanceof KubeError && error.status === 404)) return true;
      if (error instanceof KubeError && error.status === 409) return false;
      log.warn(
        { namespace, roleBinding: name, error: messageOf(error) },
        `the finalizer ${RESTORE_FINALIZER} of a RoleBinding could not be patched and is tried again`,
      );
    }
    return true;
  }

  /** Says what keeps the rights from being held, once, when it lasts. */
  #tell(namespace: string, why: string): void {
    const { clock, log, name, isFollowed } = this.#options;
    // A namespace that is not followed at all is told of as such.
    if (!isFollowed(namespace)) return;
    const known = this.#problems.get(namespace);
    const problem = known?.why === why ? known : { why, sinceMs: clock.now(), isReported: false };
    this.#problems.set(namespace, problem);
    if (problem.isReported || clock.now() - problem.sinceMs < LASTING_FAULT_MS) return;
    problem.isReported = true;
    log.warn(
      { namespace, roleBinding: name },
      `bindings of namespace "${namespace}" have deletionPolicy Restore, and the RoleBinding "${name}" that lets this controller serve them cannot be held while lists are put back: ${why}. Delete these bindings before the namespace, or their finalizers stay`,
    );
  }
}

function problemOf(
  { forbidden, synced }: Reflector<RoleBinding>,
  binding: RoleBinding | undefined,
): string | undefined {
  if (forbidden !== undefined) {
    return `it may not be read (${forbidden.status} ${forbidden.reason}); grant get, list, watch and patch of it as manifests/overlays/namespaced does`;
  }
  if (!synced) return undefined;
  if (binding === undefined) return 'there is none of that name; name it in --role-binding';
  if (isOfRole(binding))
    return 'it refers to a Role, which goes with the namespace; bind a ClusterRole as manifests/overlays/namespaced does';
  return undefined;
}

function isOfRole({ roleRef }: RoleBinding): boolean {
  return roleRef?.kind === 'Role';
}
