/** What the statuses of the objects remember of earlier processes. */

import { isDeepStrictEqual } from 'node:util';
import type { BindingKey, InstanceId } from '../../api/ids.ts';
import { type Binding, type GroupList, scopeKey } from '../../core/model.ts';
import type { PendingRestore } from '../../core/restoration.ts';
import type { RememberedChange, RememberedMembers, SourceMemory } from '../../ports/source.ts';
import { keyOf } from '../client/kube-object.ts';
import { type BindingObject, concernsFinalizers, scopeOfObject } from './binding-object.ts';
import { withPolicyInForce } from './invalid-object.ts';
import {
  changesFromStatus,
  membersFromStatus,
  originalsFromStatus,
  ownersFromStatus,
  pendingRestoresFromStatus,
  wasChanged,
  wasInSync,
} from './status-memory.ts';

/** The objects as they were last seen. */
export interface SeenObjects {
  object(key: BindingKey): BindingObject | undefined;
  keys(): Iterable<BindingKey>;
  /** What an object declares, or declared before its deletion. */
  binding(key: BindingKey): Binding | undefined;
  /** The binding of an object that declares nothing any more. */
  read(object: BindingObject): Binding;
}

export class ObjectMemory implements SourceMemory {
  readonly #objects: SeenObjects;

  constructor(objects: SeenObjects) {
    this.#objects = objects;
  }

  /** What an object said before is in its managed fields at best. */
  declaredBefore(): undefined {
    return undefined;
  }

  wasInSync(key: BindingKey, id: InstanceId): boolean {
    const object = this.#objects.object(key);
    return object !== undefined && wasInSync(object, id);
  }

  wasKnown(key: BindingKey): boolean {
    return (this.#objects.object(key)?.status?.observedGeneration ?? 0) >= 1;
  }

  *changes(scope: string, sinceMs: number): Generator<RememberedChange> {
    for (const key of this.#objects.keys()) {
      const object = this.#objects.object(key);
      if (object !== undefined && scopeKey(scopeOfObject(object)) === scope) {
        yield* changesFromStatus(object, sinceMs);
      }
    }
  }

  wasChanged(key: BindingKey, id: InstanceId, list: GroupList): boolean {
    const object = this.#objects.object(key);
    return object !== undefined && wasChanged(object, id, list);
  }

  members(key: BindingKey): RememberedMembers | undefined {
    const object = this.#objects.object(key);
    return object && membersFromStatus(object);
  }

  /** Who owned which instance when the statuses were last written. */
  owners(): Generator<void, ReadonlyMap<InstanceId, BindingKey>> {
    return ownersFromStatus(this.#all());
  }

  /** The original lists that the status of an object holds. */
  originals(of: BindingKey): ReadonlyMap<InstanceId, GroupList> {
    const object = this.#objects.object(of);
    return new Map(object && originalsFromStatus(object));
  }

  /** What objects owe the instances in their status, those that have left the spec or are being deleted included. */
  *pendingRestores(): Generator<PendingRestore> {
    for (const object of this.#all()) {
      if (!concernsFinalizers(object)) continue;
      const key = keyOf(object) as BindingKey;
      const binding = this.#objects.binding(key) ?? this.#objects.read(object);
      yield* pendingRestoresFromStatus(object, binding);
    }
  }

  *#all(): Generator<BindingObject> {
    for (const key of this.#objects.keys()) {
      const object = this.#objects.object(key);
      if (object !== undefined) yield object;
    }
  }
}

// The objects that have, or shall have, a finalizer: few of a fleet, so that who keeps finalizers need not look at the others.

interface FinalizedObjectsOptions {
  /** An object as it was last seen. */
  readonly object: (key: BindingKey) => BindingObject | undefined;
  /** The binding that was handed out for it. */
  readonly binding: (key: BindingKey) => Binding | undefined;
}

export class FinalizedObjects {
  readonly #options: FinalizedObjectsOptions;
  /** Those that {@link concernsFinalizers}, and perhaps some that did. */
  readonly #keys = new Set<BindingKey>();

  constructor(options: FinalizedObjectsOptions) {
    this.#options = options;
  }

  /** An object was seen anew. */
  note(key: BindingKey): void {
    const object = this.#options.object(key);
    if (object !== undefined && concernsFinalizers(object)) this.#keys.add(key);
  }

  *all(): Generator<BindingObject> {
    for (const key of this.#keys) {
      const object = this.#options.object(key);
      if (object !== undefined && concernsFinalizers(object))
        yield withPolicyInForce(object, this.#options.binding(key));
      else this.#keys.delete(key);
    }
  }
}

/** Which objects came with another status than they were last seen with, whoever wrote it. */
export class StatusChanges {
  readonly #keys = new Set<BindingKey>();

  /** @param before the object as it was last seen; undefined for one that is new. */
  note(before: BindingObject | undefined, after: BindingObject): void {
    if (before === undefined || before.metadata.uid !== after.metadata.uid) return;
    if (!isDeepStrictEqual(before.status, after.status)) this.#keys.add(keyOf(after) as BindingKey);
  }

  /** Those since it was last asked. */
  take(): BindingKey[] {
    const keys = [...this.#keys];
    this.#keys.clear();
    return keys;
  }
}
