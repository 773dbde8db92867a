/** What a complete listing says, and what of it cannot be used. */
import type { InstanceId } from '../../api/ids.ts';
import { type InstanceIdentity, isReadable } from '../../core/model.ts';
import type { ListedInstance } from '../../ports/cloud.ts';

/** A complete listing, as far as it can be read. */
export interface Listed {
  /** What a selector can judge, by id. */
  readonly instances: ReadonlyMap<InstanceId, InstanceIdentity>;
  /** Whose tags cannot be read. */
  readonly unclear: ReadonlySet<InstanceId>;
  /** Whether a row does not even tell whose it is. */
  readonly unnamed: boolean;
  /** What cannot be used, each once. */
  readonly unreadable: ReadonlySet<string>;
}

export function readListing(rows: readonly ListedInstance[]): Listed {
  const instances = new Map<InstanceId, InstanceIdentity>();
  const unclear = new Set<InstanceId>();
  const unreadable = new Set<string>();
  let unnamed = false;
  for (const row of rows) {
    if (!('instanceId' in row)) unnamed = true;
    else if (isReadable(row) || row.tags !== undefined) instances.set(row.instanceId, row);
    else unclear.add(row.instanceId);
    if (!isReadable(row))
      unreadable.add('instanceId' in row ? `${row.instanceId}: ${row.unreadable}` : row.unreadable);
  }
  return { instances, unclear, unnamed, unreadable };
}
