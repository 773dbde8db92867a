/**
 * Folds the states of a binding's instances into its conditions. Pure: the same situation gives the same bytes,
 * and a transition time moves only when its status does.
 *
 * | instances                           | Ready | Reconciling           | Stalled |
 * |-------------------------------------|-------|-----------------------|---------|
 * | all in sync                         | True  |                       |         |
 * | some moving                         | False | True Progressing      |         |
 * | some retrying or waiting, none else | False | True …WithRetry       |         |
 * | only stuck ones left                | False |                       | True    |
 * | only held ones left                 | False |                       |         |
 * | the newest document is not valid    | False | while some are moving | True    |
 */
import type { Condition, ConditionReason } from '../api/conditions.ts';
import type { ApiGeneration } from './cloud-error.ts';
import { type InstanceStatus, type Outlook, outlook } from './instance-status.ts';
import type { Binding, SelectionProblem } from './model.ts';
import { sameSequence } from './plan.ts';
import { rfc3339Seconds } from './rfc-3339.ts';
import { suspensionMessage } from './suspension.ts';

export interface ReportInput {
  readonly binding: Binding;
  /** One for each of the binding's instances, sorted by instance id. */
  readonly instances: readonly InstanceStatus[];
  /** Conditions of the last report. */
  readonly previous: readonly Condition[];
  /** The moment by the calendar. */
  readonly wallMs: number;
  /** What is to be known beside where the instances stand; it ends the message of Ready. */
  readonly note?: string | undefined;
}

/** What is said of an account that is not offered a generation of the API any more. */
export function movedNote(retired: ApiGeneration | undefined): string | undefined {
  return retired === 'v2' ? 'API 2.0 is retired for this account, so API 3.0 is used' : undefined;
}

/** The conditions of a binding, in a fixed order. */
export function report(input: ReportInput): Condition[] {
  return withTransitions(drafts(input), input);
}

/** When each condition got the status that it has. */
export function withTransitions(
  drafts: readonly Draft[],
  { previous, wallMs }: Pick<ReportInput, 'previous' | 'wallMs'>,
): Condition[] {
  const before = new Map(previous.map((condition) => [condition.type as string, condition]));
  return drafts.map((draft) => {
    const known = before.get(draft.type);
    const moved = known === undefined || known.status !== draft.status;
    return { ...draft, lastTransitionTime: moved ? rfc3339Seconds(wallMs) : known.lastTransitionTime };
  });
}

/** How many of the instances are in sync. */
export function inSyncCount(instances: readonly InstanceStatus[]): number {
  return instances.reduce((count, instance) => count + (instance.state === 'InSync' ? 1 : 0), 0);
}

function drafts({ binding, instances, wallMs, note }: ReportInput): Draft[] {
  const by = groupByOutlook(instances);
  const { selection } = binding;
  const ready = readiness(binding, instances, by);
  const notes = [othersNote(binding), note].filter((text) => text !== undefined);
  const conditions: Draft[] = [
    notes.length === 0 ? ready : { ...ready, message: `${ready.message} (${notes.join('; ')})` },
  ];
  if (by.moving.length > 0 || by.waiting.length > 0) conditions.push(reconciling(by));
  else if (binding.invalid === undefined && selection !== undefined) conditions.push(selecting(selection));
  else if (binding.invalid !== undefined) conditions.push({ ...ready, type: 'Stalled', status: 'True' });
  else if (by.stuck.length > 0) conditions.push(stalled(by.stuck));
  const drifted = instances.filter((instance) => differs(instance, binding));
  if (drifted.length > 0) {
    conditions.push({ type: 'DriftDetected', status: 'True', reason: 'Drifted', message: describe(drifted) });
  }
  const conflicted = instances.filter((instance) => instance.state === 'Conflicted');
  if (conflicted.length > 0) {
    conditions.push({
      type: 'Conflicted',
      status: 'True',
      reason: 'Conflicted',
      message: describe(conflicted),
    });
  }
  const contested = instances.filter((instance) => instance.state === 'Contested');
  if (contested.length > 0) {
    conditions.push({ type: 'Contested', status: 'True', reason: 'Contested', message: describe(contested) });
  }
  const suspended = suspensionMessage(binding, wallMs);
  if (suspended !== undefined) {
    conditions.push({ type: 'Suspended', status: 'True', reason: 'Suspended', message: suspended });
  }
  return conditions;
}

function readiness(binding: Binding, instances: readonly InstanceStatus[], by: ByOutlook): Draft {
  if (binding.invalid !== undefined) {
    const draft = invalid(binding, binding.invalid);
    const refused = instances.filter(({ reason }) => reason === 'NotAllowed');
    if (refused.length === 0) return draft;
    return { ...draft, reason: 'NotAllowed', message: `${describe(refused)}; ${draft.message}` };
  }
  // As long as nobody knows the members, all of those that are known says nothing.
  if (binding.selection !== undefined) {
    const { reason, message } = binding.selection;
    return { type: 'Ready', status: 'False', reason, message };
  }
  if (binding.selector !== undefined && instances.length === 0) {
    const message = 'the selector fits no instance at present';
    return { type: 'Ready', status: 'True', reason: 'InSync', message };
  }
  return inSyncOrNot(instances, by);
}

/** What is said of instances that the selector fits and the tenant may not name. */
function othersNote({ notAllowed, selection }: Binding): string | undefined {
  if (notAllowed === undefined || selection?.reason === 'NotAllowed') return undefined;
  return `${notAllowed} more fit the selector, which the tenant may not name`;
}

/** The members are on their way, or somebody has to look at them. */
function selecting({ reason, message }: SelectionProblem): Draft {
  if (reason === 'SelectionRefused' || reason === 'InvalidRequest' || reason === 'NotAllowed')
    return { type: 'Stalled', status: 'True', reason, message };
  const going = reason === 'NotObserved' ? 'Progressing' : 'ProgressingWithRetry';
  return { type: 'Reconciling', status: 'True', reason: going, message };
}

function inSyncOrNot(instances: readonly InstanceStatus[], by: ByOutlook): Draft {
  const total = instances.length;
  const inSync = by['in-sync'].length;
  if (inSync === total) {
    const message = `all ${total} instances have the declared ordered list`;
    return { type: 'Ready', status: 'True', reason: 'InSync', message: total === 1 ? oneInSync : message };
  }
  const speaking = loudest(by);
  const message = `${inSync} of ${total} in sync; ${describe(speaking)}`;
  return { type: 'Ready', status: 'False', reason: reasonOf(speaking), message };
}

/** The newest document is not valid: what is enforced is an older truth, which no tool may take for the declared one. */
function invalid({ inForce }: Binding, problem: string): Draft {
  const message = `${inForceText(inForce)}: ${problem}`;
  return { type: 'Ready', status: 'False', reason: 'InvalidDocument', message };
}

function inForceText(inForce: Binding['inForce']): string {
  switch (inForce) {
    case undefined:
      return 'the newest document is not valid, so the last valid one stays in force';
    case 'spec':
      return 'the newest document is not valid; its spec is in force, and what is wrong counts as not said';
    case 'ownership':
      return 'the document is not valid, and no valid one was seen since the program started: the instances that it owns stay its own, and nothing is written for them';
    default:
      return inForce satisfies never;
  }
}

const oneInSync = 'the instance has the declared ordered list';

/** Whether an instance that nobody writes at this moment was last read with another list. */
function differs({ state, sgIds }: InstanceStatus, binding: Binding): boolean {
  // Nothing is declared that it could differ from.
  if (binding.inForce === 'ownership') return false;
  switch (state) {
    case 'Drifted':
    case 'Held':
      return true;
    case 'Refused':
    case 'Deferred':
    case 'Contested':
    case 'Blocked':
    case 'Failed':
      return sgIds !== undefined && !sameSequence(sgIds, binding.sgIds);
    default:
      return false;
  }
}

// What is said of a binding that is being deleted, by where the instances stand that get back their lists from before.
// It is never Ready. Pure: the same situation gives the same bytes.

interface DeletionInput extends Omit<ReportInput, 'binding'> {
  /** Where the instances stand whose lists are not back, sorted by instance id. */
  readonly instances: readonly InstanceStatus[];
}

/** The conditions of a binding that is being deleted, in a fixed order. */
export function deletionReport(input: DeletionInput): Condition[] {
  return withTransitions(terminatingDrafts(input), input);
}

function terminatingDrafts({ instances, note }: DeletionInput): Draft[] {
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

// What conditions say of instances, whatever they say it of: which ones speak, with which reason and in which words.

export type Draft = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

type ByOutlook = Readonly<Record<Outlook, readonly InstanceStatus[]>>;

/** Instances named in a message before "and N more". */
const NAMED_INSTANCES = 3;

/** Which outlook speaks first in a message: what a person has to look at. */
const LOUDEST: readonly Outlook[] = ['stuck', 'waiting', 'moving', 'held'];

function groupByOutlook(instances: readonly InstanceStatus[]): ByOutlook {
  const groups: Record<Outlook, InstanceStatus[]> = {
    'in-sync': [],
    moving: [],
    waiting: [],
    stuck: [],
    held: [],
  };
  for (const instance of instances) groups[outlook(instance)].push(instance);
  return groups;
}

/** Those that speak first; none when there are none that could. */
function loudest(by: ByOutlook): readonly InstanceStatus[] {
  return LOUDEST.map((name) => by[name]).find((list) => list.length > 0) ?? [];
}

/** That work goes on, or will be tried again. */
function reconciling(by: ByOutlook): Draft {
  const retrying = [...by.moving.filter((instance) => instance.state === 'Retrying'), ...by.waiting];
  if (retrying.length > 0) {
    const message = describe(retrying);
    return { type: 'Reconciling', status: 'True', reason: 'ProgressingWithRetry', message };
  }
  return { type: 'Reconciling', status: 'True', reason: 'Progressing', message: describe(by.moving) };
}

/** That only a person can help. */
function stalled(stuck: readonly InstanceStatus[]): Draft {
  return { type: 'Stalled', status: 'True', reason: reasonOf(stuck), message: describe(stuck) };
}

/** The reason that most instances give; the first in alphabetical order among equals, so that it never flaps. */
function reasonOf(instances: readonly InstanceStatus[]): ConditionReason {
  const counts = new Map<ConditionReason, number>();
  for (const { reason } of instances) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const ranked = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return ranked[0]?.[0] ?? 'Progressing';
}

/** Names the first few instances with what is said of them; the same message of several instances is said once. */
export function describe(instances: readonly InstanceStatus[]): string {
  const byMessage = new Map<string, string[]>();
  for (const instance of instances) {
    const message = instance.message || instance.state;
    const ids = byMessage.get(message);
    if (ids === undefined) byMessage.set(message, [instance.instanceId]);
    else ids.push(instance.instanceId);
  }
  return [...byMessage]
    .slice(0, NAMED_INSTANCES)
    .map(([message, ids]) => `${names(ids)}: ${message}`)
    .concat(byMessage.size > NAMED_INSTANCES ? [`and ${byMessage.size - NAMED_INSTANCES} more causes`] : [])
    .join('; ');
}

function names(ids: readonly string[]): string {
  const rest = ids.length - NAMED_INSTANCES;
  return ids.slice(0, NAMED_INSTANCES).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
