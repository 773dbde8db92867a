/** Which objects came with another status than they were last seen with, whoever wrote it. */
import { isDeepStrictEqual } from 'node:util';
import type { BindingKey } from '../../api/ids.ts';
import { keyOf } from '../client/kube-object.ts';
import type { BindingObject } from './binding-object.ts';

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
