/** Reads the payload of `DescribeInstances`, the same on both generations. */
import { type InstanceId, isInstanceId, isSecurityGroupId } from '../api/ids.ts';
import type { GroupList, ObservedInstance } from '../core/model.ts';
import { SharedValues } from '../core/shared-values.ts';
import type { DescribedInstance, ListedInstance } from '../ports/cloud.ts';
import { bounded, isRecord } from './reply.ts';

/** Instances of one fleet are in the same few states and networks. */
const values = new SharedValues();

export type InstanceSet =
  | { readonly ok: true; readonly instances: readonly DescribedInstance[] }
  /** The payload proves nothing: what is missing from it may still exist. */
  | { readonly ok: false; readonly message: string };

/**
 * The instances of `wanted` in `payload`, in the payload's order. Ids that the cloud left out are left out here. An
 * answer that is incomplete is refused whole; an instance whose row cannot be used is unreadable alone, and so is each
 * that is missing where a row does not tell whose it is.
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
  const byId = new Map<InstanceId, DescribedInstance>();
  const asked = new Map<string, InstanceId>(wanted.map((id) => [id, id]));
  let unnamed: string | undefined;
  for (const row of rows as readonly unknown[]) {
    const instance = readInstance(row);
    if (!('instanceId' in instance)) {
      unnamed ??= instance.unreadable;
      continue;
    }
    // The engine has the text of this id already: it is kept once.
    const instanceId = asked.get(instance.instanceId);
    if (instanceId === undefined) continue;
    const twice = byId.has(instanceId);
    byId.set(instanceId, twice ? { instanceId, unreadable: TWICE } : { ...instance, instanceId });
  }
  if (unnamed === undefined) return { ok: true, instances: [...byId.values()] };
  for (const instanceId of wanted) {
    if (!byId.has(instanceId)) byId.set(instanceId, { instanceId, unreadable: unnamed });
  }
  return { ok: true, instances: [...byId.values()] };
}

const TWICE = 'the answer names the instance twice';

/** One row of an InstanceSet. */
export function readInstance(row: unknown): ListedInstance {
  if (!isRecord(row)) return { unreadable: 'the InstanceSet holds something that is no object' };
  const instanceId = row.InstanceId;
  if (typeof instanceId !== 'string' || !isInstanceId(instanceId)) {
    return { unreadable: 'the InstanceSet holds an instance without a valid InstanceId' };
  }
  const tags = readTags(row.Tags);
  const identity = { instanceId, ...readIdentity(row), ...(typeof tags === 'object' && { tags }) };
  const sgIds = readGroups(row.SecurityGroupIds);
  if (sgIds === undefined) return { ...identity, unreadable: malformed('SecurityGroupIds') };
  if (tags === 'malformed') return { ...identity, unreadable: malformed('Tags') };
  const odd = STATE_FIELDS.find((name) => !isTextOrAbsent(row[name]));
  if (odd !== undefined) return { ...identity, unreadable: malformed(odd) };
  return {
    ...identity,
    sgIds,
    state: values.share(textOf(row.InstanceState)),
    restrictState: values.share(textOf(row.RestrictState)),
    latestOperationState: values.share(textOf(row.LatestOperationState)),
    ...operationError(row.LatestOperationErrorMsg),
  };
}

/** What the guards decide by: of another type it is no state that anybody knows. */
const STATE_FIELDS = ['InstanceState', 'RestrictState', 'LatestOperationState'] as const;

function malformed(field: string): string {
  return `the answer has malformed ${field} for the instance`;
}

function readIdentity(row: Readonly<Record<string, unknown>>): Pick<ObservedInstance, 'name' | 'vpcId'> {
  const name = row.InstanceName;
  const cloudNetwork = row.VirtualPrivateCloud;
  const vpcId = isRecord(cloudNetwork) ? cloudNetwork.VpcId : undefined;
  return {
    ...(typeof name === 'string' && { name }),
    ...(typeof vpcId === 'string' && { vpcId: values.share(vpcId) }),
  };
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || value === null || typeof value === 'string';
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

/** The vendor's own words, bounded: they go into a status. */
function operationError(value: unknown): Pick<ObservedInstance, 'latestOperationError'> {
  const text = bounded(textOf(value));
  return text === '' ? {} : { latestOperationError: text };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
