/** What is known of the instances of one scope. */
import type { InstanceId } from '../../api/ids.ts';
import { type InstanceRecord, newRecord } from '../../core/instance.ts';

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
