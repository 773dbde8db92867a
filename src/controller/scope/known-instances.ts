/** What was read last of every instance, by scope. */
import type { InstanceId } from '../../api/ids.ts';
import type { Observations } from '../../core/claim.ts';
import type { InstanceRecord } from '../../core/instance.ts';
import type { ObservedInstance } from '../../core/model.ts';

type Records = ReadonlyMap<InstanceId, Pick<InstanceRecord, 'observed' | 'missing'>>;

export class KnownInstances implements Observations {
  readonly #byScope = new Map<string, Records>();

  /** The records of a scope from now on. @param scope `account@region`. */
  add(scope: string, records: Records): void {
    this.#byScope.set(scope, records);
  }

  remove(scope: string): void {
    this.#byScope.delete(scope);
  }

  seen(scope: string, id: InstanceId): ObservedInstance | null | undefined {
    const record = this.#byScope.get(scope)?.get(id);
    return record?.missing ? null : record?.observed;
  }
}
