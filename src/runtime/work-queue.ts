/**
 * A work queue of keys. It knows nothing of what the keys mean.
 *
 * - A key waits at most once; adding it again keeps the more urgent priority, the earlier ready time and its place in line.
 * - A key that was taken is not handed out again before `done`; what was added meanwhile becomes ready then.
 * - Keys of one group can be taken together; a batch never mixes groups.
 */

/** How urgent a key is; lower numbers go first. */
export const PRIORITIES = ['change', 'repair', 'verify', 'resync'] as const;
export type Priority = (typeof PRIORITIES)[number];

const RANK: Readonly<Record<Priority, number>> = { change: 0, repair: 1, verify: 2, resync: 3 };

interface Item<Key> {
  readonly key: Key;
  rank: number;
  readyAtMs: number;
  group: string;
  /** Since when it has been ready, for the one who measures. */
  sinceMs: number;
}

export interface AddOptions {
  readonly priority: Priority;
  /** Not handed out before this time; 0 for at once. */
  readonly readyAtMs?: number;
  /** Keys of different groups never share a batch. */
  readonly group?: string;
  /** Replaces the ready time that the key waits for, instead of keeping the earlier one. */
  readonly reschedule?: boolean;
  /** The time of the call, when waits are measured. */
  readonly addedAtMs?: number;
}

/** A group that was passed over for more than this many takes goes before a larger one; the longest wait goes first. */
const PATIENCE_TAKES = 8;

export class WorkQueue<Key> {
  readonly #items = new Map<Key, Item<Key>>();
  readonly #taken = new Map<Key, Item<Key> | undefined>();
  /** Ready keys: by rank, then by group, in order of arrival. */
  readonly #ready: Map<string, Set<Item<Key>>>[] = PRIORITIES.map(() => new Map());
  readonly #delayed: Item<Key>[] = [];
  #takes = 0;
  readonly #waitedMs: number[] = [];
  /** The take at which a group was first passed over. */
  readonly #readySince = new Map<string, number>();

  /** How long each key of the last batch had been ready, given that `addedAtMs` was told. */
  get waitedMs(): readonly number[] {
    return this.#waitedMs;
  }

  /** Keys that wait, ready or not. */
  get depth(): number {
    return this.#items.size;
  }

  /** Keys that were taken and are not done. */
  get inFlight(): number {
    return this.#taken.size;
  }

  has(key: Key): boolean {
    return this.#items.has(key) || this.#taken.has(key);
  }

  add(key: Key, options: AddOptions): void {
    const wanted: Item<Key> = {
      key,
      rank: RANK[options.priority],
      readyAtMs: options.readyAtMs ?? 0,
      group: options.group ?? '',
      sinceMs: options.addedAtMs ?? 0,
    };
    if (this.#taken.has(key)) {
      const waiting = this.#taken.get(key);
      this.#taken.set(key, waiting === undefined ? wanted : merge(waiting, wanted, options.reschedule));
      return;
    }
    const present = this.#items.get(key);
    if (present !== undefined) {
      const merged = merge(present, wanted, options.reschedule);
      // Its place in the line is its own: who is asked for again and again would else never be reached.
      if (sameTurn(present, merged)) return;
      this.#unlist(present);
      this.#enlist(merged);
      return;
    }
    this.#enlist(wanted);
  }

  /** Takes a waiting key out again; a key in flight loses what was added meanwhile. */
  remove(key: Key): void {
    const item = this.#items.get(key);
    if (item !== undefined) this.#unlist(item);
    if (this.#taken.has(key)) this.#taken.set(key, undefined);
  }

  /** Whether a key could be taken at `nowMs`. */
  isReady(nowMs: number): boolean {
    this.#promote(nowMs);
    return this.#ready.some((groups) => groups.size > 0);
  }

  /** The most urgent priority of which a key could be taken at `nowMs`. */
  readyPriority(nowMs: number): Priority | undefined {
    this.#promote(nowMs);
    return PRIORITIES[this.#ready.findIndex((groups) => groups.size > 0)];
  }

  /** When the next waiting key becomes ready; undefined when none waits. 0 when one is ready. */
  nextReadyAtMs(): number | undefined {
    if (this.#ready.some((groups) => groups.size > 0)) return 0;
    return this.#delayed[0]?.readyAtMs;
  }

  /**
   * Takes up to `max` ready keys of one group: from the most urgent rank the group with most ready keys (or the one
   * that has waited long), filled up with less urgent keys of the same group.
   */
  take(nowMs: number, max: number): Key[] {
    this.#promote(nowMs);
    const top = this.#ready.find((groups) => groups.size > 0);
    if (top === undefined) return [];
    this.#takes++;
    const group = this.#choose(top);
    this.#readySince.delete(group);
    const batch: Key[] = [];
    this.#waitedMs.length = 0;
    for (const groups of this.#ready) {
      for (const item of groups.get(group) ?? []) {
        if (batch.length >= max) break;
        this.#unlist(item);
        this.#taken.set(item.key, undefined);
        batch.push(item.key);
        this.#waitedMs.push(Math.max(0, nowMs - item.sinceMs));
      }
    }
    return batch;
  }

  /** Ends the work on a taken key; what was added meanwhile starts to wait now. */
  done(key: Key): void {
    const waiting = this.#taken.get(key);
    this.#taken.delete(key);
    if (waiting !== undefined) this.#enlist(waiting);
  }

  #choose(groups: ReadonlyMap<string, ReadonlySet<Item<Key>>>): string {
    let largest = '';
    let size = -1;
    let patient = '';
    let oldest = this.#takes - PATIENCE_TAKES;
    for (const [group, items] of groups) {
      const since = this.#readySince.get(group) ?? this.#takes;
      this.#readySince.set(group, since);
      if (since < oldest) {
        oldest = since;
        patient = group;
      }
      if (items.size > size) {
        largest = group;
        size = items.size;
      }
    }
    return oldest < this.#takes - PATIENCE_TAKES ? patient : largest;
  }

  #promote(nowMs: number): void {
    let due = 0;
    while (due < this.#delayed.length && (this.#delayed[due] as Item<Key>).readyAtMs <= nowMs) due++;
    if (due === 0) return;
    for (const item of this.#delayed.splice(0, due)) {
      item.sinceMs = Math.max(item.sinceMs, item.readyAtMs);
      item.readyAtMs = 0;
      this.#list(item);
    }
  }

  #enlist(item: Item<Key>): void {
    this.#items.set(item.key, item);
    if (item.readyAtMs <= 0) return this.#list(item);
    let low = 0;
    let high = this.#delayed.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#delayed[middle] as Item<Key>).readyAtMs <= item.readyAtMs) low = middle + 1;
      else high = middle;
    }
    this.#delayed.splice(low, 0, item);
  }

  #list(item: Item<Key>): void {
    const groups = this.#ready[item.rank] as Map<string, Set<Item<Key>>>;
    const members = groups.get(item.group);
    if (members === undefined) groups.set(item.group, new Set([item]));
    else members.add(item);
  }

  #unlist(item: Item<Key>): void {
    this.#items.delete(item.key);
    const groups = this.#ready[item.rank] as Map<string, Set<Item<Key>>>;
    const members = groups.get(item.group);
    if (members?.delete(item)) {
      if (members.size === 0) {
        groups.delete(item.group);
        this.#readySince.delete(item.group);
      }
      return;
    }
    const index = this.#delayed.indexOf(item);
    if (index >= 0) this.#delayed.splice(index, 1);
  }
}

function sameTurn<Key>(a: Item<Key>, b: Item<Key>): boolean {
  return a.rank === b.rank && a.group === b.group && a.readyAtMs === b.readyAtMs;
}

function merge<Key>(present: Item<Key>, wanted: Item<Key>, reschedule = false): Item<Key> {
  return {
    key: present.key,
    rank: Math.min(present.rank, wanted.rank),
    readyAtMs: reschedule ? wanted.readyAtMs : Math.min(present.readyAtMs, wanted.readyAtMs),
    group: wanted.group,
    sinceMs: Math.min(present.sinceMs, wanted.sinceMs),
  };
}
