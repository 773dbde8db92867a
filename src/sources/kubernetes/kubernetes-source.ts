/** Bindings from the objects of an API server, by a reflector. */
import type { BindingKey, InstanceId } from '../../api/ids.ts';
import { type Binding, type GroupList, type Scope, scopeKey } from '../../core/model.ts';
import type { PermissionRules } from '../../core/permission.ts';
import { OPEN_POLICY } from '../../core/policy.ts';
import type { Pledge } from '../../core/restoration.ts';
import type { WatchEvent } from '../../kube/collection-requests.ts';
import { keyOf } from '../../kube/kube-object.ts';
import { Reflector, type ReflectorOptions } from '../../kube/reflector.ts';
import { SharedValues } from '../../runtime/shared-values.ts';
import type { Departure, RememberedChange, RememberedMembers, Source, SourceListener } from '../port.ts';
import {
  type BindingObject,
  concernsFinalizers,
  demandOf,
  requestText,
  scopeOfObject,
  trimBindingObject,
} from './binding-object.ts';
import { FinalizedObjects } from './finalized-objects.ts';
import { foresight } from './foresight.ts';
import { ObjectNews } from './object-news.ts';
import { ObjectPermissions } from './object-permissions.ts';
import { isMadeFrom, readBindingObject } from './read-object.ts';
import { StatusChanges } from './status-changes.ts';
import {
  changesFromStatus,
  membersFromStatus,
  originalsFromStatus,
  ownersFromStatus,
  pledgesFromStatus,
  wasChanged,
  wasInSync,
} from './status-memory.ts';

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

const GROUP = '/apis/cvmsg.dev/v1alpha1';
const PLURAL = 'cvmsecuritygroupbindings';

export class KubernetesSource implements Source {
  readonly name = 'kubernetes';
  readonly reflectors: readonly Reflector<BindingObject>[];
  readonly #byNamespace: ReadonlyMap<string, Reflector<BindingObject>>;
  readonly #scopes = new Set<string>();
  readonly #options: KubernetesSourceOptions;
  #listener: SourceListener | undefined;
  readonly #permissions: ObjectPermissions;
  readonly #news: ObjectNews;
  /** An unchanged object keeps its binding, and one that is not valid any more what it last validly said. */
  readonly #bindings = new Map<BindingKey, Binding>();
  /** What the objects that ask for something ask for, see {@link requestText}. */
  readonly #requests = new Map<BindingKey, string>();
  readonly #finalized = new FinalizedObjects({
    object: (key) => this.object(key),
    binding: (key) => this.#bindings.get(key),
  });
  readonly #restated = new StatusChanges();
  /** What objects were judged to be before all had come. */
  readonly #early = new WeakMap<BindingObject, Binding>();
  /** Objects of one fleet say much the same. */
  readonly #values = new SharedValues();

  constructor(options: KubernetesSourceOptions) {
    this.#options = options;
    this.#permissions = new ObjectPermissions({ rules: OPEN_POLICY, ...options });
    this.#news = new ObjectNews({
      ...options,
      permissions: this.#permissions,
      isSelective: Boolean(options.labelSelector),
      object: (key) => this.object(key),
      known: (key) => this.#bindings.get(key),
      get: (key) => this.get(key),
      tell: (keys) => this.#listener?.changed(keys),
    });
    const make = (namespace: string) =>
      new Reflector<BindingObject>({
        ...options,
        path: namespace === '' ? `${GROUP}/${PLURAL}` : `${GROUP}/namespaces/${namespace}/${PLURAL}`,
        foresee: (events) => this.#foresee(events),
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
    if (!this.synced && object.metadata.deletionTimestamp === undefined) this.#sight(trimmed, scope);
    return trimmed;
  }

  #sight(object: BindingObject, scope: Scope): void {
    const demand = demandOf(object);
    if (demand !== undefined) this.#listener?.sighted?.({ scope, ...demand, settled: wasInSync(object) });
    // All are told of at once: judging them then would hold up everything else.
    this.#early.set(object, readBindingObject(object));
  }

  /** The instances of a new list are read while the object is taken in. */
  #foresee(events: readonly WatchEvent<BindingObject>[]): boolean {
    if (!this.synced) return false;
    let told = false;
    for (const event of events) {
      const foreseen = foresight(event, this.object(keyOf(event.object) as BindingKey));
      if (foreseen === undefined) continue;
      this.#listener?.foreseen?.(foreseen);
      told = true;
    }
    return told;
  }

  get synced(): boolean {
    return this.reflectors.every((reflector) => reflector.synced);
  }

  /** Whether the objects are followed; not when a watch has been away for more than five seconds. */
  isFollowing(nowMs: number): boolean {
    return this.reflectors.every((reflector) => reflector.isFollowing(nowMs));
  }

  /** The object behind a binding, as it was last seen. */
  object(key: BindingKey): BindingObject | undefined {
    const namespace = key.slice(0, key.indexOf('/'));
    return (this.#byNamespace.get('') ?? this.#byNamespace.get(namespace))?.get(key);
  }

  /** The scope of the binding that was handed out for an object, or else the one that the object tells. */
  scope(key: BindingKey): Scope | undefined {
    const object = this.object(key);
    const binding = this.#bindings.get(key) ?? this.#news.departing.get(key)?.binding;
    return object && (binding?.scope ?? scopeOfObject(object));
  }

  get(key: BindingKey): Binding | undefined {
    const object = this.object(key);
    if (object === undefined && this.#news.isOpen(key)) return this.#bindings.get(key);
    // One that is being deleted declares nothing any more.
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) {
      this.#bindings.delete(key);
      this.#requests.delete(key);
      return undefined;
    }
    return this.#bindingOf(key, object);
  }

  #bindingOf(key: BindingKey, object: BindingObject): Binding {
    const request = requestText(object);
    const known = this.#bindings.get(key);
    if (known !== undefined && isMadeFrom(known, object) && (this.#requests.get(key) ?? '') === request) {
      return known;
    }
    const early = known === undefined ? this.#early.get(object) : undefined;
    const made = this.#permissions.permit(object, early ?? readBindingObject(object, known), known);
    const binding = { ...made, key };
    this.#bindings.set(key, binding);
    if (request === '') this.#requests.delete(key);
    else this.#requests.set(key, request);
    return binding;
  }

  departing(): ReadonlyMap<BindingKey, Departure> {
    return this.#news.departing;
  }

  wasInSync(key: BindingKey, id: InstanceId): boolean {
    const object = this.object(key);
    return object !== undefined && wasInSync(object, id);
  }

  *changes(scope: string, sinceMs: number): Generator<RememberedChange> {
    for (const key of this.keys()) {
      const object = this.object(key);
      if (object !== undefined && scopeKey(scopeOfObject(object)) === scope) {
        yield* changesFromStatus(object, sinceMs);
      }
    }
  }

  wasChanged(key: BindingKey, id: InstanceId, list: GroupList): boolean {
    const object = this.object(key);
    return object !== undefined && wasChanged(object, id, list);
  }

  members(key: BindingKey): RememberedMembers | undefined {
    const object = this.object(key);
    return object && membersFromStatus(object);
  }

  *keys(): Generator<BindingKey> {
    for (const reflector of this.reflectors) yield* reflector.keys() as Iterable<BindingKey>;
  }

  /** Who owned which instance when the statuses were last written. */
  owners(): ReadonlyMap<InstanceId, BindingKey> {
    return ownersFromStatus(this.#objects());
  }

  /** The original lists that the statuses hold. */
  originals(of?: BindingKey): ReadonlyMap<InstanceId, GroupList> {
    const objects = of === undefined ? [...this.#objects()] : [this.object(of) ?? []].flat();
    return new Map(objects.flatMap((object) => originalsFromStatus(object)));
  }

  hasLeft(key: BindingKey): boolean {
    return this.#news.hasLeft(key);
  }

  /** What objects owe the instances in their status, those that have left the spec or are being deleted included. */
  *pledges(): Generator<Pledge> {
    for (const object of this.#objects()) {
      if (!concernsFinalizers(object)) continue;
      const key = keyOf(object) as BindingKey;
      const binding =
        this.get(key) ?? this.#news.departing.get(key)?.binding ?? this.#permissions.read(object, undefined);
      yield* pledgesFromStatus(object, binding);
    }
  }

  /** Objects that have, or shall have, a finalizer, as they were last seen; none before all were seen. */
  *finalized(): Generator<BindingObject> {
    if (!this.synced) return;
    yield* this.#finalized.all();
  }

  *#objects(): Generator<BindingObject> {
    for (const key of this.keys()) {
      const object = this.object(key);
      if (object !== undefined) yield object;
    }
  }

  async run(listener: SourceListener, signal: AbortSignal): Promise<void> {
    this.#listener = listener;
    this.#news.start(signal);
    await Promise.all(this.reflectors.map((reflector) => reflector.run(signal)));
  }

  #changed(keys: ReadonlySet<BindingKey>): void {
    this.#options.onStatus?.(this.#restated.take());
    this.#news.note(keys);
    for (const key of keys) this.#finalized.note(key);
    // Until the whole truth is known, a binding's rivals may be missing.
    if (this.synced) this.#news.flush();
  }
}
