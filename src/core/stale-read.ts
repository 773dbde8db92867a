/** Reads that may show a list from before a write. */
import type { InstanceRecord, UnconfirmedWrite } from './instance.ts';
import type { GroupList, ObservedInstance } from './model.ts';
import { sameSequence } from './plan.ts';

/** How long a read may show an older list after an accepted write before that counts as drift. */
export const STALE_READ_MS = 60_000;

/**
 * Whether what was observed may be older than a write that was sent: read before it, or a list that a late read still
 * shows. Only the time of the read counts: an observation does not become truer by waiting.
 */
export function mayBeStale(record: InstanceRecord & { observed: ObservedInstance }): boolean {
  const { unconfirmed, observed, observedAtMs } = record;
  if (unconfirmed === undefined) return false;
  if (observedAtMs < unconfirmed.sinceMs) return true;
  if (observedAtMs - unconfirmed.sinceMs >= STALE_READ_MS) return false;
  return unconfirmed.stale.some((list) => sameSequence(list, observed.sgIds));
}

/** The list that the cloud is believed to hold: what was read, or an accepted write that a stale read does not show yet. */
export function believed(record: InstanceRecord & { observed: ObservedInstance }): GroupList {
  const { unconfirmed, observed } = record;
  return unconfirmed?.accepted && mayBeStale(record) ? unconfirmed.after : observed.sgIds;
}

const REMEMBERED_LISTS = 8;

/**
 * The lists that a late read may still show after `after` was written, oldest first: those of the write before that was
 * not read back, and those that the instance had or was believed to have. `after` itself is one of them when another
 * list may have followed it: a revert cannot be told from a read that is too late.
 */
export function staleLists(
  earlier: UnconfirmedWrite | undefined,
  before: readonly GroupList[],
  after: GroupList,
): readonly GroupList[] {
  const lists: GroupList[] = earlier === undefined ? [] : [...earlier.stale, earlier.after];
  for (const list of before) {
    if (!lists.some((known) => sameSequence(known, list))) lists.push(list);
  }
  while (lists.length > 0 && sameSequence(lists[lists.length - 1] as GroupList, after)) lists.pop();
  return lists.slice(-REMEMBERED_LISTS);
}
