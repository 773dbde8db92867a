/** Reads the payload of `DescribeInstances`, the same on both generations. */
import { type InstanceId, isInstanceId, isSecurityGroupId } from '../api/ids.ts';
import type { GroupList, ObservedInstance } from '../core/model.ts';
import { isRecord } from './reply.ts';

export type InstanceSet =
  | { readonly ok: true; readonly instances: readonly ObservedInstance[] }
  /** The payload proves nothing: what is missing from it may still exist. */
  | { readonly ok: false; readonly message: string };

/**
 * The instances of `wanted` in `payload`, in the payload's order. Ids that the cloud left out are left out here.
 * An answer that is malformed or incomplete is refused whole, so that a list never comes from a guess.
 */
export function readInstanceSet(
  payload: Readonly<Record<string, unknown>>,
  wanted: readonly InstanceId[],
): InstanceSet {
  const rows = payload.InstanceSet;
  if (!Array.isArray(rows)) return { ok: false, message: 'the answer has no InstanceSet' };
  const total = payload.TotalCount;
  if (typeof total === 'number' && total > rows.length) {
    return { ok: false, message: `the answer holds only ${rows.length} of ${total} instances` };
  }
  const byId = new Map<InstanceId, ObservedInstance>();
  const asked = new Set<string>(wanted);
  for (const row of rows as readonly unknown[]) {
    const instance = readInstance(row);
    if (typeof instance === 'string') return { ok: false, message: instance };
    if (byId.has(instance.instanceId)) {
      return { ok: false, message: `the answer names instance "${instance.instanceId}" twice` };
    }
    if (asked.has(instance.instanceId)) byId.set(instance.instanceId, instance);
  }
  return { ok: true, instances: [...byId.values()] };
}

/** One instance, or what is wrong with it. */
function readInstance(row: unknown): ObservedInstance | string {
  if (!isRecord(row)) return 'the InstanceSet holds something that is no object';
  const instanceId = row.InstanceId;
  if (typeof instanceId !== 'string' || !isInstanceId(instanceId)) {
    return 'the InstanceSet holds an instance without a valid InstanceId';
  }
  const sgIds = readGroups(row.SecurityGroupIds);
  if (sgIds === undefined) return `instance "${instanceId}" has malformed SecurityGroupIds`;
  const name = row.InstanceName;
  const cloudNetwork = row.VirtualPrivateCloud;
  const vpcId = isRecord(cloudNetwork) ? cloudNetwork.VpcId : undefined;
  return {
    instanceId,
    ...(typeof name === 'string' && { name }),
    sgIds,
    state: textOf(row.InstanceState),
    restrictState: textOf(row.RestrictState),
    latestOperationState: textOf(row.LatestOperationState),
    ...(typeof vpcId === 'string' && { vpcId }),
  };
}

function readGroups(value: unknown): GroupList | undefined {
  if (!Array.isArray(value)) return undefined;
  const ids = value.filter((id) => typeof id === 'string').filter(isSecurityGroupId);
  return ids.length === value.length ? ids : undefined;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
