/** Where one instance of a binding stands, as users read it. */
import type { ConditionReason } from '../api/conditions.ts';
import type { InstanceId } from '../api/ids.ts';
import type { GroupList } from './model.ts';

/**
 * - `Pending`     not read yet since it was claimed
 * - `InSync`      read back in the desired order
 * - `Drifted`     differs, and the write is on its way
 * - `Writing`     a call is in flight
 * - `Verifying`   written, not yet read back in the desired order
 * - `Retrying`    the last attempt failed and another will be made
 * - `Blocked`     the instance's state forbids the write; waiting for it to change
 * - `Deferred`    differs, and waits for a change window
 * - `Contested`   somebody else keeps changing it back; rewritten at a polite pace
 * - `Held`        differs, and the binding asks for no writes (suspended or observe only)
 * - `Refused`     a guard refused the write
 * - `Failed`      the cloud refused the write for good; only a new declaration or the slow re-check tries again
 * - `NotFound`    the cloud does not know the instance in this region and account
 * - `Conflicted`  another binding owns the instance
 */
export const INSTANCE_STATES = [
  'Pending',
  'InSync',
  'Drifted',
  'Writing',
  'Verifying',
  'Retrying',
  'Blocked',
  'Deferred',
  'Contested',
  'Held',
  'Refused',
  'Failed',
  'NotFound',
  'Conflicted',
] as const;

export type InstanceState = (typeof INSTANCE_STATES)[number];

export interface InstanceVerdict {
  readonly instanceId: InstanceId;
  readonly state: InstanceState;
  /** The ordered list that was last read; absent when never read. */
  readonly sgIds?: GroupList;
  readonly reason: ConditionReason;
  /** A sentence for people; empty when the state says it all. */
  readonly message: string;
  /** Of the last call that wrote this instance, or failed to. */
  readonly requestId?: string;
  readonly lastWriteMs?: number;
}

/** What a state means for the one who waits. */
export type Outlook = 'settled' | 'moving' | 'waiting' | 'stuck' | 'held';

/** Whether an instance in this state will change by itself. */
export function outlook(state: InstanceState): Outlook {
  switch (state) {
    case 'InSync':
      return 'settled';
    case 'Pending':
    case 'Drifted':
    case 'Writing':
    case 'Verifying':
    case 'Retrying':
      return 'moving';
    case 'Blocked':
    case 'Deferred':
    case 'Contested':
      return 'waiting';
    case 'Held':
      return 'held';
    case 'Refused':
    case 'Failed':
    case 'NotFound':
    case 'Conflicted':
      return 'stuck';
    default:
      return state satisfies never;
  }
}
