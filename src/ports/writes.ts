/** What became of the writes of a binding, told once for all that belong together. Nothing waits for it. */
import type { BindingKey, InstanceId } from '../api/ids.ts';
import type { Permit } from '../api/permit.ts';
import type { TrafficChange } from '../core/firewall/traffic-changes.ts';
import type { GroupList, Origin, Scope } from '../core/model.ts';
import type { WriteCause } from './journal.ts';

export interface BindingWrites {
  readonly binding: BindingKey;
  readonly origin: Origin;
  readonly scope: Scope;
  readonly cause: WriteCause;
  /** What let them pass a guard; absent for ordinary writes. */
  readonly permit?: Permit | undefined;
  /** Not empty. */
  readonly instanceIds: readonly InstanceId[];
  /** What instances had, and what they got: each pair once. */
  readonly lists: readonly { readonly before: GroupList; readonly after: GroupList }[];
  /** What the writes open and close, or what the drift had; empty where that is nothing or not known. */
  readonly changes: readonly TrafficChange[];
}

export interface WriteRecorder {
  /** The cloud has accepted these writes, whose cause is not drift. */
  written(writes: BindingWrites): void;
  /** Somebody has changed lists, and their repair was sent. @param isRepaired whether all of them were read back as declared. */
  driftFound(writes: BindingWrites, isRepaired: boolean): void;
  /** What was told of as not repaired was read back as declared. */
  driftRepaired(writes: BindingWrites): void;
}
