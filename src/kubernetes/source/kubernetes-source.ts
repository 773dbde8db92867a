/** Bindings from the objects of an API server, by a reflector. */

import { type BindingKey, partsOf } from '../../api/ids.ts';
import { bindingsPath } from '../../api/resource.ts';
import { type Binding, type Scope, scopeKey } from '../../core/model.ts';
import type { PermissionRules } from '../../core/permission.ts';
import { OPEN_POLICY } from '../../core/policy.ts';
import { SharedValues } from '../../core/shared-values.ts';
import type { Deletion, Source, SourceListener } from '../../ports/source.ts';
import type { WatchEvent } from '../client/collection-requests.ts';
import type { KubeError } from '../client/kube-error.ts';
import { keyOf } from '../client/kube-object.ts';
import { Reflector, type ReflectorOptions } from '../client/reflector.ts';
import {
  type BindingObject,
  demandOf,
  requestText,
  scopeOfObject,
  trimBindingObject,
} from './binding-object.ts';
import { ObjectChanges } from './object-changes.ts';
import { FinalizedObjects, ObjectMemory, StatusChanges } from './object-memory.ts';
import { ObjectPermissions } from './object-permissions.ts';
import { prefetchTarget } from './prefetch-target.ts';
import { isMadeFrom, readBindingObject } from './read-object.ts';
import { wasInSync } from './status-memory.ts';

type ReflectorParts = 'connection' | 'labelSelector' | 'clock' | 'random' | 'log';

export interface KubernetesSourceOptions extends Pick<ReflectorOptions<BindingObject>, ReflectorParts> {
  /** Absent: all namespaces. */
  readonly namespaces?: readonly string[] | undefined;
  /** What approvals and emergencies have to keep to; absent: what holds without a policy. */
  readonly rules?: PermissionRules;
  /** Told of each scope as soon as an object of it is seen, long before all objects are known. */
  readonly onScope?: ((scope: string, of: Pick<Binding, 'key' | 'namespace' | 'origin'>) => void) | undefined;
  /** Told of objects that came with another status than before, whoever wrote it. */
  readonly onStatus?: ((keys: readonly BindingKey[]) => void) | undefined;
  /** Told of each object that lost the labels, with its scope, after its binding is gone. */
  readonly onLeft?: ((object: BindingObject, scope: string) => void) | undefined;
}

const NO_APPROVALS: readonly [] = [];

export class KubernetesSource implements Source {
  /** The statuses of the objects remember what earlier processes did. */
  readonly memory = new ObjectMemory({
    object: (key) => this.object(key),
    keys: () => this.keys(),
    binding: (key) => this.get(key) ?? this.#changes.deleting.get(key)?.binding,
    read: (object) => this.#permissions.read(object, undefined),
  });
  /** A server that cannot be read is a matter of the watches. */
  readonly problem = undefined;
  readonly name = 'kubernetes';
  readonly reflectors: readonly Reflector<BindingObject>[];
  readonly #byNamespace: ReadonlyMap<string, Reflector<BindingObject>>;
  readonly #scopes = new Set<string>();
  readonly #options: KubernetesSourceOptions;
  #listener: SourceListener | undefined;
  /** Whether the listener waits for what it was told first, or was told to read ahead, even where that comes to nothing. */
  #isAwaited = true;
  readonly #permissions: ObjectPermissions;
  readonly #changes: ObjectChanges;
  /** An unchanged object keeps its binding, and one that is not valid any more what it last validly said. */
  readonly #bindings = new Map<BindingKey, Binding>();
  /** What the objects that ask for something ask for, see {@link requestText}. */
  readonly #requests = new Map<BindingKey, string>();
  readonly #finalized = new FinalizedObjects({
    object: (key) => this.object(key),
    binding: (key) => this.#bindings.get(key),
  });
  readonly #restated = new StatusChanges();
  /** What objects were judged to be as they came, after what they were before. */
  readonly #early = new WeakMap<BindingObject, { readonly read: Binding; readonly before?: Binding }>();
  /** Bindings that cannot be followed at present, by what they are otherwise. */
  readonly #marks = new WeakMap<Binding, Binding>();
  /** Objects of one fleet say much the same. */
  readonly #values = new SharedValues();

  constructor(options: KubernetesSourceOptions) {
    this.#options = options;
    this.#permissions = new ObjectPermissions({ rules: OPEN_POLICY, ...options });
    this.#changes = new ObjectChanges({
      ...options,
      permissions: this.#permissions,
      isSelective: Boolean(options.labelSelector),
      object: (key) => this.object(key),
      isReadable: (key) => this.isOpen(partsOf(key).namespace),
      known: (key) => this.#bindings.get(key),
      get: (key) => this.get(key),
      tell: (keys) => this.#tell(keys),
    });
    const make = (namespace: string) =>
      new Reflector<BindingObject>({
        ...options,
        namespace,
        onForbidden: (error) => this.#forbidden(namespace, error),
        path: bindingsPath(namespace === '' ? undefined : namespace),
        prefetch: (events) => this.#prefetchNow(events),
        trim: (object) => this.#trim(object),
        onChange: (keys) => this.#changed(keys as ReadonlySet<BindingKey>),
      });
    this.#byNamespace = new Map(
      (options.namespaces ?? ['']).map((namespace) => [namespace, make(namespace)]),
    );
    this.reflectors = [...this.#byNamespace.values()];
  }

  #trim(object: BindingObject): BindingObject {
    const scope = this.#values.share(scopeOfObject(object));
    const key = scopeKey(scope);
    if (!this.#scopes.has(key)) {
      this.#scopes.add(key);
      const { namespace = 'default', uid = '', generation = 0 } = object.metadata;
      const origin = { kind: 'kubernetes', uid, generation } as const;
      this.#options.onScope?.(key, { key: keyOf(object) as BindingKey, namespace, origin });
    }
    const trimmed = trimBindingObject(object, this.#values);
    this.#restated.note(this.object(keyOf(object) as BindingKey), trimmed);
    if (object.metadata.deletionTimestamp === undefined) this.#readEarly(trimmed, scope);
    return trimmed;
  }

  /** Of a list, all are told of at once: judging them then would hold up everything else. */
  #readEarly(object: BindingObject, scope: Scope): void {
    if (!this.synced) this.#prefetch(object, scope);
    const key = keyOf(object) as BindingKey;
    const before = this.#bindings.get(key);
    if (before !== undefined && this.#isRead(key, object, before)) return;
    const read = readBindingObject(object, before);
    this.#early.set(object, { read, ...(before === undefined ? {} : { before }) });
  }

  #prefetch(object: BindingObject, scope: Scope): void {
    const demand = demandOf(object);
    if (demand !== undefined) this.#listener?.prefetch({ scope, ...demand, wasInSync: wasInSync(object) });
  }

  /** The instances of a new list are read while the object is taken in. */
  #prefetchNow(events: readonly WatchEvent<BindingObject>[]): boolean {
    if (!this.synced) return false;
    let reported = false;
    for (const event of events) {
      const target = prefetchTarget(event, this.object(keyOf(event.object) as BindingKey));
      if (target === undefined) continue;
      this.#listener?.prefetchNow(target);
      this.#isAwaited = true;
      reported = true;
    }
    return reported;
  }

  /** A namespace that is kept from us holds up no other, and what was read before all were stays read. */
  get synced(): boolean {
    if (this.#every((reflector) => reflector.synced)) return true;
    return (
      this.reflectors.every(({ forbidden }) => forbidden) && this.reflectors.some(({ synced }) => synced)
    );
  }

  /**
   * Whether the objects are followed; not when a watch has been away for more than five seconds. What is kept from us alone
   * is not followed either, and its bindings say so themselves.
   */
  isFollowing(nowMs: number): boolean {
    return this.#every((reflector) => reflector.isFollowing(nowMs));
  }

  /** Whether what is known of the objects of this one namespace is what they are now. */
  isFollowed(namespace: string, nowMs: number): boolean {
    const reflector = this.#reflectorOf(namespace);
    // Where the server does not know the kind there are no objects of it.
    if (reflector?.forbidden?.status === 404) return true;
    return reflector?.synced === true && this.isOpen(namespace) && reflector.isFollowing(nowMs);
  }

  /** Whether the server does not keep the objects of a namespace from us. */
  isOpen(namespace: string): boolean {
    return this.#reflectorOf(namespace)?.forbidden === undefined;
  }

  #reflectorOf(namespace: string): Reflector<BindingObject> | undefined {
    return this.#byNamespace.get('') ?? this.#byNamespace.get(namespace);
  }

  /** The server was put back to an older state: every copy is listed anew before it counts. */
  distrust(): void {
    for (const reflector of this.reflectors) reflector.distrust();
  }

  /** Whether it holds of all that are not kept from us, of which there has to be one. */
  #every(holds: (reflector: Reflector<BindingObject>) => boolean): boolean {
    const open = this.reflectors.filter(({ forbidden }) => forbidden === undefined);
    return open.length > 0 && open.every(holds);
  }

  /** The namespaces that cannot be followed, and why; '' is all of them. */
  *unfollowed(): Generator<readonly [namespace: string, why: string]> {
    for (const [namespace, { forbidden }] of this.#byNamespace) {
      if (forbidden !== undefined) yield [namespace, forbidden.message];
    }
  }

  #forbidden(namespace: string, error: KubeError | undefined): void {
    const { log } = this.#options;
    const what = namespace === '' ? 'the objects of the cluster' : `namespace "${namespace}"`;
    if (error === undefined) log.info({ namespace }, `${what} can be followed again`);
    else {
      log.warn(
        { namespace, status: error.status, reason: error.reason },
        `${what} cannot be followed: its bindings keep what they have and nothing is written for them, all others go on; make the RoleBinding of the overlay there, or leave it out of --namespace (${error.message})`,
      );
    }
    const lost = [...this.#changes.open()].filter(
      (key) => namespace === '' || partsOf(key).namespace === namespace,
    );
    const kept = [...(this.#byNamespace.get(namespace)?.keys() ?? [])] as BindingKey[];
    const keys = [...kept, ...lost];
    if (!this.synced) return;
    // What is kept from us holds up the others no longer.
    this.#changes.flush();
    // What was to be written meanwhile was dropped.
    if (error === undefined) this.#options.onStatus?.(keys);
    this.#listener?.changed(new Set(keys));
  }

  /** The object behind a binding, as it was last seen. */
  object(key: BindingKey): BindingObject | undefined {
    const reflector = this.#byNamespace.get('') ?? this.#byNamespace.get(partsOf(key).namespace);
    return reflector?.get(key);
  }

  /** The scope of the binding that was handed out for an object, or else the one that the object tells. */
  scope(key: BindingKey): Scope | undefined {
    const object = this.object(key);
    const binding = this.#bindings.get(key) ?? this.#changes.deleting.get(key)?.binding;
    return object && (binding?.scope ?? scopeOfObject(object));
  }

  get(key: BindingKey): Binding | undefined {
    const object = this.object(key);
    if (object === undefined && this.#changes.isOpen(key)) {
      const known = this.#bindings.get(key);
      return known && this.#marked(known);
    }
    // One that is being deleted declares nothing any more.
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) {
      this.#bindings.delete(key);
      this.#requests.delete(key);
      return undefined;
    }
    return this.#marked(this.#bindingOf(key, object));
  }

  /** The binding, or the same as one that cannot be followed at present. */
  #marked(binding: Binding): Binding {
    const { namespace } = binding;
    const error = this.#reflectorOf(namespace)?.forbidden;
    if (error === undefined) return binding;
    const known = this.#marks.get(binding);
    if (known !== undefined) return known;
    const unfollowed = `namespace "${namespace}" cannot be read at present (${error.reason || error.status}); make the RoleBinding of the overlay there`;
    const marked = { ...binding, unfollowed };
    this.#marks.set(binding, marked);
    return marked;
  }

  #bindingOf(key: BindingKey, object: BindingObject): Binding {
    const known = this.#bindings.get(key);
    if (known !== undefined && this.#isRead(key, object, known)) return known;
    const early = this.#early.get(object);
    const read =
      early !== undefined && early.before === known ? early.read : readBindingObject(object, known);
    const binding = { ...this.#permissions.permit(object, read, known), key };
    this.#bindings.set(key, binding);
    const request = requestText(object);
    if (request === '') this.#requests.delete(key);
    else this.#requests.set(key, request);
    return binding;
  }

  /** Whether the binding is what the object says now. */
  #isRead(key: BindingKey, object: BindingObject, binding: Binding): boolean {
    return isMadeFrom(binding, object) && (this.#requests.get(key) ?? '') === requestText(object);
  }

  deleting(): ReadonlyMap<BindingKey, Deletion> {
    return this.#changes.deleting;
  }

  /** There are no approvals beside the objects. */
  approvals(): readonly [] {
    return NO_APPROVALS;
  }

  /** Objects have no revisions. */
  broughtIn(): undefined {
    return undefined;
  }

  *keys(): Generator<BindingKey> {
    for (const reflector of this.reflectors) yield* reflector.keys() as Iterable<BindingKey>;
  }

  isUnselected(key: BindingKey): boolean {
    return this.#changes.isUnselected(key);
  }

  /** Objects that have, or shall have, a finalizer, as they were last seen; none before all were seen, or of what is kept from us. */
  *finalized(): Generator<BindingObject> {
    if (!this.synced) return;
    for (const object of this.#finalized.all()) {
      if (this.isOpen(object.metadata.namespace ?? 'default')) yield object;
    }
  }

  async run(listener: SourceListener, signal: AbortSignal): Promise<void> {
    this.#listener = listener;
    this.#changes.start(signal);
    await Promise.all(this.reflectors.map((reflector) => reflector.run(signal)));
  }

  /** Most events tell nothing: our own status writes, for one. */
  #tell(keys: ReadonlySet<BindingKey>): void {
    if (keys.size === 0 && !this.#isAwaited) return;
    this.#isAwaited = false;
    this.#listener?.changed(keys);
  }

  #changed(keys: ReadonlySet<BindingKey>): void {
    this.#options.onStatus?.(this.#restated.take());
    this.#changes.note(keys);
    for (const key of keys) this.#finalized.note(key);
    // Until the whole truth is known, a binding's contenders may be missing.
    if (this.synced) this.#changes.flush();
  }
}
