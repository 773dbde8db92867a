/**
 * What is said of a binding that is being deleted, by where the instances stand that get back their lists from before.
 * It is never Ready. Pure: the same situation gives the same bytes.
 */
import type { Condition } from '../api/conditions.ts';
import { type ReportInput, withTransitions } from './binding-conditions.ts';
import {
  type Draft,
  describe,
  groupByOutlook,
  loudest,
  reasonOf,
  reconciling,
  stalled,
} from './instance-conditions.ts';
import type { InstanceStatus } from './instance-status.ts';

export interface DeletionInput extends Omit<ReportInput, 'binding'> {
  /** Where the instances stand whose lists are not back, sorted by instance id. */
  readonly instances: readonly InstanceStatus[];
}

/** The conditions of a binding that is being deleted, in a fixed order. */
export function deletionReport(input: DeletionInput): Condition[] {
  return withTransitions(drafts(input), input);
}

function drafts({ instances, note }: DeletionInput): Draft[] {
  const end = note === undefined ? '' : ` (${note})`;
  const count = instances.length;
  if (count === 0) {
    const message = 'being deleted; no list has to be put back';
    return [
      { type: 'Ready', status: 'False', reason: 'Progressing', message: `${message}${end}` },
      { type: 'Reconciling', status: 'True', reason: 'Progressing', message },
    ];
  }
  const by = groupByOutlook(instances);
  const speaking = loudest(by);
  const who = count === 1 ? '1 instance waits' : `${count} instances wait`;
  const message = `being deleted; ${who} for the list from before: ${describe(speaking)}${end}`;
  const goesOn = by.moving.length > 0 || by.waiting.length > 0 || by.stuck.length === 0;
  return [
    { type: 'Ready', status: 'False', reason: reasonOf(speaking), message },
    goesOn ? reconciling(by) : stalled(by.stuck),
  ];
}
