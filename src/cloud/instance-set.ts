/** Reads the payload of `DescribeInstances`, the same on both generations. */
import { type InstanceId, isInstanceId, isSecurityGroupId } from '../api/ids.ts';
import type { GroupList, ObservedInstance } from '../core/model.ts';
import { SharedValues } from '../runtime/shared-values.ts';
import { isRecord } from './reply.ts';

/** Instances of one fleet are in the same few states and networks. */
const values = new SharedValues();

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
  const asked = new Map<string, InstanceId>(wanted.map((id) => [id, id]));
  for (const row of rows as readonly unknown[]) {
    const instance = readInstance(row);
    if (typeof instance === 'string') return { ok: false, message: instance };
    if (byId.has(instance.instanceId)) {
      return { ok: false, message: `the answer names instance "${instance.instanceId}" twice` };
    }
    // The engine has the text of this id already: it is kept once.
    const instanceId = asked.get(instance.instanceId);
    if (instanceId !== undefined) byId.set(instanceId, { ...instance, instanceId });
  }
  return { ok: true, instances: [...byId.values()] };
}

/** One row of an InstanceSet, or what is wrong with it. */
export function readInstance(row: unknown): ObservedInstance | string {
  if (!isRecord(row)) return 'the InstanceSet holds something that is no object';
  const instanceId = row.InstanceId;
  if (typeof instanceId !== 'string' || !isInstanceId(instanceId)) {
    return 'the InstanceSet holds an instance without a valid InstanceId';
  }
  const sgIds = readGroups(row.SecurityGroupIds);
  if (sgIds === undefined) return `instance "${instanceId}" has malformed SecurityGroupIds`;
  const tags = readTags(row.Tags);
  if (tags === 'malformed') return `instance "${instanceId}" has malformed Tags`;
  const name = row.InstanceName;
  const cloudNetwork = row.VirtualPrivateCloud;
  const vpcId = isRecord(cloudNetwork) ? cloudNetwork.VpcId : undefined;
  return {
    instanceId,
    ...(typeof name === 'string' && { name }),
    sgIds,
    state: values.share(textOf(row.InstanceState)),
    restrictState: values.share(textOf(row.RestrictState)),
    latestOperationState: values.share(textOf(row.LatestOperationState)),
    ...(typeof vpcId === 'string' && { vpcId: values.share(vpcId) }),
    ...(tags !== undefined && { tags }),
  };
}

function readGroups(value: unknown): GroupList | undefined {
  if (!Array.isArray(value)) return undefined;
  const ids = value.filter((id) => typeof id === 'string').filter(isSecurityGroupId);
  return ids.length === value.length ? ids : undefined;
}

/** Most instances of a large fleet have none, so they share the one that is empty. */
const NO_TAGS: Readonly<Record<string, string>> = Object.freeze({});

/** `[{Key, Value}]` as a map; a tag without a value has an empty one. No tags are an empty list, and undefined when the answer does not tell. */
function readTags(value: unknown): Readonly<Record<string, string>> | undefined | 'malformed' {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) return 'malformed';
  const tags = new Map<string, string>();
  for (const row of value as readonly unknown[]) {
    if (!isRecord(row)) return 'malformed';
    const { Key: key, Value: text = null } = row;
    if (typeof key !== 'string' || key === '' || tags.has(key)) return 'malformed';
    if (text !== null && typeof text !== 'string') return 'malformed';
    tags.set(key, text ?? '');
  }
  return tags.size === 0 ? NO_TAGS : values.share(Object.fromEntries(tags));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
