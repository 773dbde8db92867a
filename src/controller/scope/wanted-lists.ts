/**
 * Lists of groups whose rules are to be read. Those who ask take turns, and a list that several ask for stands in the
 * earliest of theirs. The groups of a list are taken together: read one by one between those of others, the first of them
 * could be out of date again before the last one is known.
 */
import type { SecurityGroupId } from '../../api/ids.ts';

export interface WantedList {
  /** As they were asked for. */
  readonly groups: readonly SecurityGroupId[];
  /** Since when it has waited. */
  readonly sinceMs: number;
  /** Who ask for it. */
  readonly turns: Set<string>;
}

export class WantedLists {
  readonly #lists = new Map<string, WantedList>();
  /** What each one asks for, in the order in which it came; whose turn is next stands first. */
  readonly #queues = new Map<string, Set<string>>();

  /** Whether the list waits, whoever asked for it. */
  has(groups: readonly SecurityGroupId[]): boolean {
    return this.#lists.has(groups.join());
  }

  /** A list that waits already keeps its place. @param turn who asks. */
  add(groups: readonly SecurityGroupId[], turn: string, nowMs: number): void {
    const key = groups.join();
    const list = this.#lists.get(key);
    if (list === undefined) this.#lists.set(key, { groups, sinceMs: nowMs, turns: new Set([turn]) });
    else list.turns.add(turn);
    const queue = this.#queues.get(turn);
    if (queue === undefined) this.#queues.set(turn, new Set([key]));
    else queue.add(key);
  }

  /** Takes the next list of the one whose turn it is; undefined when none waits. */
  take(): WantedList | undefined {
    const [first] = this.#queues;
    if (first === undefined) return undefined;
    const [turn, queue] = first;
    const [key = ''] = queue;
    const list = this.#lists.get(key);
    this.#queues.delete(turn);
    this.#queues.set(turn, queue);
    if (list !== undefined) this.#remove(key, list);
    return list;
  }

  /** Forgets a list that has been wanted since before this moment. */
  forget(groups: readonly SecurityGroupId[], atMs: number): void {
    const key = groups.join();
    const list = this.#lists.get(key);
    if (list !== undefined && list.sinceMs < atMs) this.#remove(key, list);
  }

  /** Forgets the lists that have other groups than these. */
  retain(groups: ReadonlySet<SecurityGroupId>): void {
    for (const [key, list] of this.#lists) {
      if (!list.groups.every((sgId) => groups.has(sgId))) this.#remove(key, list);
    }
  }

  #remove(key: string, { turns }: WantedList): void {
    this.#lists.delete(key);
    for (const turn of turns) {
      const queue = this.#queues.get(turn);
      queue?.delete(key);
      if (queue?.size === 0) this.#queues.delete(turn);
    }
  }
}
