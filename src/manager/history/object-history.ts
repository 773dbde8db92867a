/** The last writes of bindings, as the statuses of their objects tell them. */
import type { Permit } from '../../api/permit.ts';
import type { BindingObject } from '../../kubernetes/source/binding-object.ts';

type HistoryEntry = NonNullable<NonNullable<BindingObject['status']>['history']>[number];

/** One change, for instances that had the same list and got the same. */
export interface ObjectWrite {
  /** RFC 3339. */
  readonly time: string;
  /** `namespace/name`. */
  readonly binding: string;
  readonly cause: string;
  /** Of the object that asked for it. */
  readonly generation?: number;
  readonly outcome: string;
  readonly authority: string;
  /** The same as data; absent for an ordinary write. */
  readonly permit?: Permit;
  readonly instanceCount: number;
  /** The first of them. */
  readonly instanceIds: readonly string[];
  /** Absent where the status does not tell it. */
  readonly before?: readonly string[];
  readonly after: readonly string[];
  readonly requestId: string;
  /** What it opened and closed, one sentence each. */
  readonly traffic: readonly string[];
  /** Of a repair: when the declared list was last read before. */
  readonly since?: string;
}

/** What no object tells. */
export const OBJECTS_TELL_LITTLE =
  'an object keeps the last ten writes of its binding only; earlier ones stand in the log of the controller';

/** Newest first. */
export function objectWrites(objects: readonly BindingObject[]): ObjectWrite[] {
  const writes = objects.flatMap(({ metadata: { namespace = 'default', name }, status }) =>
    (status?.history ?? []).map((entry): ObjectWrite => {
      const {
        time,
        cause,
        outcome = '',
        authority = '',
        instanceIds = [],
        before,
        after,
        requestId = '',
        traffic = [],
        since,
      } = entry;
      return {
        time,
        binding: `${namespace}/${name}`,
        cause,
        outcome,
        authority,
        ...permitOf(entry),
        instanceCount: entry.instanceCount ?? instanceIds.length,
        instanceIds,
        ...(before === undefined ? {} : { before }),
        ...(entry.generation === undefined ? {} : { generation: entry.generation }),
        after,
        requestId,
        traffic,
        ...(since === undefined ? {} : { since }),
      };
    }),
  );
  return writes.sort((a, b) => Date.parse(b.time) - Date.parse(a.time));
}

/** What let a write pass, as an object tells it; entries of older versions tell it in words alone. */
function permitOf({ approvedBy, emergency }: HistoryEntry): Pick<ObjectWrite, 'permit'> {
  if (approvedBy === undefined && emergency === undefined) return {};
  return { permit: { ...approvalPart(approvedBy), ...(emergency === undefined ? {} : { emergency }) } };
}

function approvalPart(approvedBy: HistoryEntry['approvedBy']): Pick<Permit, 'approvedBy'> {
  if (approvedBy === undefined) return {};
  const { saidBy, ...given } = approvedBy;
  return { approvedBy: saidBy === 'object' || saidBy === 'server' ? { ...given, saidBy } : given };
}
