/** What is kept and said of a change of traffic: short, whatever it holds. */
import type { TextSet, TrafficChange } from './traffic-changes.ts';
import { trafficSentences } from './traffic-text.ts';

export interface TrafficNote {
  /** One each, in the order of the report: `opens tcp/22 from 0.0.0.0/0`. */
  readonly sentences: readonly string[];
  /** The same as data, but for what is too long. */
  readonly changes: readonly Omit<TrafficChange, 'instances'>[];
  /** How many of the changes are no data here. */
  readonly omitted: number;
}

const MOST_CHANGES = 10;
/** Services and addresses of one change. */
const MOST_TEXTS = 100;

/** @param options.past what somebody did, rather than what a write does. */
export function trafficNote(
  changes: readonly TrafficChange[],
  options: { readonly past?: boolean } = {},
): TrafficNote {
  const known = changes.filter((change) => unreadGroups(change).length === 0);
  const unread = [...new Set(changes.flatMap(unreadGroups))].sort();
  const kept = known.slice(0, MOST_CHANGES).filter(isShort);
  return {
    sentences: [
      ...trafficSentences(known, { ...options, most: MOST_CHANGES }),
      ...(unread.length === 0 ? [] : [`what ${unread.join(', ')} allows could not be read`]),
    ],
    changes: kept.map(({ instances: _, ...change }) => change),
    omitted: changes.length - kept.length,
  };
}

/** Whether it lets traffic through that was refused before, or may do so. */
export function opensAnything(changes: readonly TrafficChange[]): boolean {
  return changes.some(
    (change) =>
      unreadGroups(change).length === 0 &&
      (change.effect === 'opens' || (change.may ?? 'close').includes('open')),
  );
}

/** Groups whose rules nobody could read. */
function unreadGroups({ dependsOn }: TrafficChange): string[] {
  return dependsOn.filter(({ kind }) => kind === 'rules').map(({ name }) => name);
}

function isShort({ services, addresses }: TrafficChange): boolean {
  return textsOf(services).length <= MOST_TEXTS && textsOf(addresses).length <= MOST_TEXTS;
}

function textsOf(set: TextSet): readonly string[] {
  return 'except' in set ? set.except : set;
}
