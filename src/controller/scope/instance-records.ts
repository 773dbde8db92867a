/** What is known of the instances of one scope. */
import type { InstanceId } from '../../api/ids.ts';
import type { Observations } from '../../core/claim.ts';
import { type InstanceRecord, newRecord } from '../../core/instance.ts';
import type { ObservedInstance } from '../../core/model.ts';

export class InstanceRecords extends Map<InstanceId, InstanceRecord> {
  /** The record of an instance, made when there is none. */
  of(id: InstanceId): InstanceRecord {
    const present = this.get(id);
    if (present !== undefined) return present;
    const record = newRecord(id);
    this.set(id, record);
    return record;
  }
}

type Records = ReadonlyMap<InstanceId, Pick<InstanceRecord, 'observed' | 'missing'>>;

/** What was read last of every instance, by scope. */
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
