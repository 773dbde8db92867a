/** From a status to the status of an object. Pure: the same status gives the same bytes. */
import type { InstanceId } from '../../api/ids.ts';
import { type InstanceStatus, outlook } from '../../core/instance-status.ts';
import type { GroupList } from '../../core/model.ts';
import { rfc3339Seconds } from '../../core/rfc-3339.ts';
import type { BindingStatus, RestoringStatus } from '../../ports/status.ts';
import { cutText, storedBytes } from './stored-text.ts';
import type { HistoryStatus } from './write-history.ts';

/** Instances listed in a status; a larger one would cost the API server more than it tells. */
export const LISTED_INSTANCES = 100;
/** Most that the schema lets a status hold. */
const MOST_INSTANCES = 1_000;
const LONGEST_MESSAGE = 512;
/** Each refused scope has one plan; an edited selector another. */
const LISTED_PLANS = 10;
/** Of a condition, in bytes as they are stored. */
const CONDITION_BYTES = 4_096;
const LONGEST_REQUEST_ID = 128;
const LONGEST_NAME = 256;

/** Attention first: what is stuck, waits or moves stands before what is in sync. */
const ORDER = ['stuck', 'waiting', 'held', 'moving', 'in-sync'] as const;

export interface StatusOfOptions {
  readonly generation: number;
  /** What the object says of the last request that was handled; it stands until a newer one is. */
  readonly lastHandledReconcileAt?: string | undefined;
  /** The same for the last approval that was taken up. */
  readonly lastHandledApproval?: string | undefined;
  /** The list of an instance before it was first written. */
  readonly original?: ((id: InstanceId) => GroupList | undefined) | undefined;
  /** Lists every instance, so that no original list is lost. */
  readonly listAll?: boolean | undefined;
  /** What the object says of writes of an earlier process; it stands until there is a newer one. */
  readonly earlier?: EarlierWrites | undefined;
  /** The last writes, newest first. */
  readonly history?: readonly HistoryStatus[] | undefined;
}

/** The part of a status that a new process cannot know by itself. */
export interface EarlierWrites {
  readonly lastWriteTime?: string | undefined;
  readonly groups?: readonly { readonly sgId: string; readonly name?: string | undefined }[] | undefined;
  readonly instances?:
    | readonly {
        readonly instanceId: string;
        readonly sgIds?: readonly string[] | undefined;
        readonly requestId?: string | undefined;
        readonly lastWriteTime?: string | undefined;
      }[]
    | undefined;
}

/** The whole status of a binding's object. */
export function statusOf(bindingStatus: BindingStatus, options: StatusOfOptions): object {
  const { generation, earlier } = options;
  const written = new Map(earlier?.instances?.map((instance) => [instance.instanceId, instance]));
  const handled = bindingStatus.lastHandledReconcileAt ?? options.lastHandledReconcileAt;
  const approval = bindingStatus.lastHandledApproval ?? options.lastHandledApproval;
  const ranked = bindingStatus.instances
    .map((instance) => ({ instance, rank: rankOf(instance) }))
    .sort((a, b) => a.rank - b.rank);
  const lastWriteTime =
    bindingStatus.lastWriteMs === undefined
      ? earlier?.lastWriteTime
      : rfc3339Seconds(bindingStatus.lastWriteMs);
  const restoring = (bindingStatus.restoring ?? []).slice(0, MOST_INSTANCES).map(restoringStatus);
  const room = Math.min(
    options.listAll ? MOST_INSTANCES : LISTED_INSTANCES,
    MOST_INSTANCES - restoring.length,
  );
  const { history = [] } = options;
  const listed = ranked.slice(0, room).map(({ instance }) => ({
    ...pickEarlier(instance, written.get(instance.instanceId)),
    ...instanceStatus(instance),
    ...originalStatus(instance, options.original),
  }));
  const around = {
    observedGeneration: generation,
    conditions: bindingStatus.conditions.map((condition) => ({
      ...condition,
      message: cutText(condition.message, { characters: CONDITION_BYTES, bytes: CONDITION_BYTES }),
      observedGeneration: generation,
    })),
    ...(bindingStatus.mode === undefined ? {} : { mode: bindingStatus.mode }),
    instanceCount: bindingStatus.instanceCount,
    inSyncCount: bindingStatus.inSyncCount,
    ...groupsStatus(bindingStatus, earlier),
    ...plansStatus(bindingStatus),
    ...(bindingStatus.exposure === undefined ? {} : { exposure: bindingStatus.exposure }),
    ...(history.length === 0 ? {} : { history }),
    ...(lastWriteTime === undefined ? {} : { lastWriteTime }),
    ...(handled === undefined ? {} : { lastHandledReconcileAt: handled }),
    ...(approval === undefined ? {} : { lastHandledApproval: approval }),
  };
  const instances = fitInstances([...restoring, ...listed], STATUS_BYTES - storedBytes(around));
  const omitted = Math.max(0, bindingStatus.instanceCount - (instances.length - restoring.length));
  return { ...around, instances, ...(omitted === 0 ? {} : { omittedInstances: omitted }) };
}

/** What the binding does not hold comes first: the next process takes what is not listed to be the binding's own. */
function rankOf({ state, reason, sgIds }: InstanceStatus): number {
  const held = state !== 'Conflicted' && reason !== 'NotAllowed' && sgIds !== undefined;
  return held ? ORDER.indexOf(outlook({ state, reason })) : -1;
}

function plansStatus({ pendingPlans = [] }: BindingStatus): object {
  if (pendingPlans.length === 0) return {};
  const listed = pendingPlans.slice(0, LISTED_PLANS);
  return { pendingPlans: listed.map((plan) => ({ ...plan, message: cut(plan.message, LONGEST_MESSAGE) })) };
}

/** The names of the declared groups, in their order. */
function groupsStatus({ sgIds, groupNames }: BindingStatus, earlier: EarlierWrites | undefined): object {
  if (groupNames === undefined) {
    // What was read of these groups by an earlier process stands until they are read again.
    const groups = earlier?.groups ?? [];
    const same = groups.length === sgIds.length && groups.every(({ sgId }, index) => sgId === sgIds[index]);
    return same && groups.length > 0 ? { groups } : {};
  }
  const groups = sgIds.map((sgId) => {
    const name = groupNames[sgId] ?? '';
    return name === '' ? { sgId } : { sgId, name: cut(name, LONGEST_NAME, LONGEST_NAME * 2) };
  });
  return { groups };
}

function instanceStatus(instance: InstanceStatus): ListedInstance {
  const { instanceId, state, sgIds, reason, message, requestId, lastWriteMs } = instance;
  return {
    instanceId,
    state,
    ...(sgIds === undefined ? {} : { sgIds }),
    reason,
    ...(message === '' ? {} : { message: cut(message, LONGEST_MESSAGE) }),
    ...(requestId === undefined ? {} : { requestId: cut(requestId, LONGEST_REQUEST_ID) }),
    ...(lastWriteMs === undefined ? {} : { lastWriteTime: rfc3339Seconds(lastWriteMs) }),
  };
}

/** An instance that left the binding: what stands here lets the next process go on. */
function restoringStatus({ instanceId, original, waits }: RestoringStatus): ListedInstance {
  const message = 'left the binding; its original list is put back';
  return {
    instanceId,
    state: 'Restoring',
    reason: waits?.reason ?? 'Progressing',
    message: waits === undefined ? message : cut(`${message}; it waits: ${waits.message}`, LONGEST_MESSAGE),
    originalSgIds: original,
  };
}

function originalStatus(
  { instanceId, state }: InstanceStatus,
  original: StatusOfOptions['original'],
): object {
  const list = state === 'Conflicted' ? undefined : original?.(instanceId);
  return list === undefined ? {} : { originalSgIds: list };
}

function pickEarlier(
  { sgIds, state, reason }: InstanceStatus,
  instance: NonNullable<EarlierWrites['instances']>[number] | undefined,
): object {
  const unread =
    sgIds === undefined && state !== 'NotFound' && state !== 'Conflicted' && reason !== 'NotAllowed';
  return {
    ...(unread && instance?.sgIds !== undefined ? { sgIds: instance.sgIds } : {}),
    ...(instance?.requestId === undefined ? {} : { requestId: instance.requestId }),
    ...(instance?.lastWriteTime === undefined ? {} : { lastWriteTime: instance.lastWriteTime }),
  };
}

function cut(text: string, characters: number, bytes = characters * 6): string {
  return cutText(text, { characters, bytes });
}

// Keeps the list of instances in a status within the room that there is: etcd refuses objects of more than 1.5 MiB, and
// whoever cannot write a status can keep no original list. What is cut is what tells least; never an original list, nor
// an instance that belongs to somebody else.

/**
 * Bytes of a whole status, with what the server notes of who set its fields. The rest of 1 MiB is for the object's own
 * spec and metadata, of which annotations alone may take 256 KiB.
 */
const STATUS_BYTES = 640 * 1024;
/** What the server notes of the fields of one listed instance. */
const TRACKED_BYTES = 200;

export interface ListedInstance {
  readonly instanceId: string;
  readonly state: string;
  readonly reason?: string;
  readonly message?: string;
  readonly sgIds?: readonly string[];
  readonly originalSgIds?: readonly string[];
  readonly requestId?: string;
  readonly lastWriteTime?: string;
}

/** Each shorter than the one before. */
const STEPS: readonly ((instance: ListedInstance) => ListedInstance)[] = [
  (instance) => instance,
  ...[512, 256, 128, 64].map((bytes) => (instance: ListedInstance) => shortened(instance, bytes)),
  ({ message: _, ...rest }) => rest,
  ({ message: _, requestId: __, lastWriteTime: ___, ...rest }) => rest,
  ({ message: _, requestId: __, lastWriteTime: ___, sgIds: ____, ...rest }) => rest,
];

/** As much of the instances as fits into so many bytes, in their order. */
export function fitInstances(instances: readonly ListedInstance[], room: number): readonly ListedInstance[] {
  for (const step of STEPS) {
    const short = instances.map(step);
    if (bytesOf(short) <= room) return short;
  }
  const short = instances.map(STEPS.at(-1) ?? ((instance) => instance));
  let bytes = bytesOf(short);
  // The last are those that need least attention.
  const kept = short.toReversed().filter((instance) => {
    if (bytes <= room || !mayBeOmitted(instance)) return true;
    bytes -= bytesOf([instance]);
    return false;
  });
  return kept.reverse();
}

function mayBeOmitted({ state, originalSgIds }: ListedInstance): boolean {
  return originalSgIds === undefined && state !== 'Conflicted' && state !== 'Restoring';
}

function shortened(instance: ListedInstance, bytes: number): ListedInstance {
  const { message } = instance;
  return message === undefined
    ? instance
    : { ...instance, message: cutText(message, { characters: bytes, bytes }) };
}

function bytesOf(instances: readonly ListedInstance[]): number {
  return storedBytes(instances) + instances.length * TRACKED_BYTES;
}
