/** What conditions say of instances, whatever they say it of: which ones speak, with which reason and in which words. */
import type { Condition, ConditionReason } from '../api/conditions.ts';
import { type InstanceStatus, type Outlook, outlook } from './instance-status.ts';

export type Draft = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

export type ByOutlook = Readonly<Record<Outlook, readonly InstanceStatus[]>>;

/** Instances named in a message before "and N more". */
const NAMED_INSTANCES = 3;

/** Which outlook speaks first in a message: what a person has to look at. */
const LOUDEST: readonly Outlook[] = ['stuck', 'waiting', 'moving', 'held'];

export function groupByOutlook(instances: readonly InstanceStatus[]): ByOutlook {
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
export function loudest(by: ByOutlook): readonly InstanceStatus[] {
  return LOUDEST.map((name) => by[name]).find((list) => list.length > 0) ?? [];
}

/** That work goes on, or will be tried again. */
export function reconciling(by: ByOutlook): Draft {
  const retrying = [...by.moving.filter((instance) => instance.state === 'Retrying'), ...by.waiting];
  if (retrying.length > 0) {
    const message = describe(retrying);
    return { type: 'Reconciling', status: 'True', reason: 'ProgressingWithRetry', message };
  }
  return { type: 'Reconciling', status: 'True', reason: 'Progressing', message: describe(by.moving) };
}

/** That only a person can help. */
export function stalled(stuck: readonly InstanceStatus[]): Draft {
  return { type: 'Stalled', status: 'True', reason: reasonOf(stuck), message: describe(stuck) };
}

/** The reason that most instances give; the first in alphabetical order among equals, so that it never flaps. */
export function reasonOf(instances: readonly InstanceStatus[]): ConditionReason {
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
