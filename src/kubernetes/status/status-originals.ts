/**
 * Original lists in the statuses of objects: kept as soon as the object has them and its finalizer, as it was last seen
 * or last written. Without the finalizer a deleted object would take its status along while no controller runs.
 */

import type { BindingKey, InstanceId } from '../../api/ids.ts';
import { RESTORE_FINALIZER } from '../../api/resource.ts';
import type { Binding } from '../../core/model.ts';
import type { PersistedOriginals } from '../../ports/store.ts';
import type { KubeObject } from '../client/kube-object.ts';
import type { StatusWrite } from './status-writer.ts';

interface ListedOriginals {
  readonly instances?:
    | readonly { readonly instanceId: string; readonly originalSgIds?: readonly string[] | undefined }[]
    | undefined;
}

interface OfObject {
  readonly uid: string;
  readonly ids: Set<string>;
}

export interface StatusOriginalsOptions {
  /** The object behind a binding, as it was last seen. */
  readonly object: (
    key: BindingKey,
  ) => (KubeObject & { readonly status?: ListedOriginals | undefined }) | undefined;
}

export class StatusOriginals implements PersistedOriginals {
  readonly #options: StatusOriginalsOptions;
  /** What was asked for and is not kept, by object. */
  readonly #asked = new Map<string, OfObject>();
  /** What the last write has that was asked for: the watch tells of it later. */
  readonly #written = new Map<string, OfObject>();
  /** The uids of objects that just got the finalizer, by key: the watch tells of it later. */
  readonly #finalized = new Map<string, string>();
  #listener: (ids: readonly InstanceId[]) => void = () => {};

  constructor(options: StatusOriginalsOptions) {
    this.#options = options;
  }

  has({ key, origin }: Binding, id: InstanceId): boolean {
    if (origin.kind !== 'kubernetes') return true;
    const { uid } = origin;
    if (this.#stands(key, uid, id)) return true;
    idsOf(this.#asked, key, uid).add(id);
    return false;
  }

  onPersisted(listener: (ids: readonly InstanceId[]) => void): void {
    this.#listener = listener;
  }

  /** The object has this status. */
  written({ key, uid, status }: StatusWrite): void {
    const asked = this.#asked.get(key);
    if (asked?.uid !== uid) return;
    const written = idsOf(this.#written, key, uid);
    for (const id of originalsIn(status)) if (asked.ids.has(id)) written.add(id);
    this.#tell(key);
  }

  /** The object has the finalizer. */
  finalized(key: string, uid: string): void {
    this.#finalized.set(key, uid);
    this.#tell(key);
  }

  /** The list is in the status, and the object cannot go without a controller. */
  #stands(key: BindingKey, uid: string, id: string): boolean {
    const object = this.#options.object(key);
    if (object?.metadata.uid !== uid) return false;
    if (object.metadata.finalizers?.includes(RESTORE_FINALIZER)) this.#finalized.delete(key);
    else if (this.#finalized.get(key) !== uid) return false;
    return originalsIn(object.status).includes(id) || idsOf(this.#written, key, uid).has(id);
  }

  #tell(key: string): void {
    const asked = this.#asked.get(key);
    if (asked === undefined) return;
    const kept = [...asked.ids].filter((id) => this.#stands(key as BindingKey, asked.uid, id));
    for (const id of kept) asked.ids.delete(id);
    if (asked.ids.size === 0) this.#asked.delete(key);
    if (kept.length > 0) this.#listener(kept as InstanceId[]);
  }

  /** Nobody asks for the object any more. */
  forget(key: string): void {
    this.#asked.delete(key);
    this.#written.delete(key);
    this.#finalized.delete(key);
  }
}

function originalsIn(status: ListedOriginals | undefined): string[] {
  return (status?.instances ?? []).flatMap(({ instanceId, originalSgIds }) =>
    originalSgIds === undefined ? [] : [instanceId],
  );
}

/** What is noted of this very object; nothing of an older one of the same name. */
function idsOf(map: Map<string, OfObject>, key: string, uid: string): Set<string> {
  const present = map.get(key);
  if (present?.uid === uid) return present.ids;
  const made = { uid, ids: new Set<string>() };
  map.set(key, made);
  return made.ids;
}
