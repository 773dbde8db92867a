/**
 * A work queue of keys. It knows nothing of what the keys mean.
 *
 * - A key waits at most once; adding it again keeps the more urgent priority, the earlier ready time and its place in line.
 * - A key that was taken is not handed out again before `done`; what was added meanwhile becomes ready then.
 * - Keys of one group can be taken together; a batch never mixes groups.
 * - Within a priority, those who ask take turns: a flood of one delays a key of another by one batch.
 */

/** How urgent a key is; lower numbers go first. */
export const PRIORITIES = ['urgent', 'change', 'repair', 'verify', 'resync'] as const;
export type Priority = (typeof PRIORITIES)[number];

const RANK: Readonly<Record<Priority, number>> = { urgent: 0, change: 1, repair: 2, verify: 3, resync: 4 };

interface Item<Key> {
  readonly key: Key;
  rank: number;
  readyAtMs: number;
  group: string;
  turn: string;
  suspect: boolean;
  /** Since when it has been ready, for the one who measures. */
  sinceMs: number;
}

export interface AddOptions {
  readonly priority: Priority;
  /** Not handed out before this time; 0 for at once. */
  readonly readyAtMs?: number;
  /** Keys of different groups never share a batch. */
  readonly group?: string;
  /** Who asks: those who ask take turns. */
  readonly turn?: string;
  /** The work on it failed the last time; keys of one group are suspect together. */
  readonly suspect?: boolean;
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
  /** Ready keys by rank. */
  readonly #ready: readonly Turns<Key>[] = PRIORITIES.map(() => new Map());
  readonly #delayed: Item<Key>[] = [];
  #takes = 0;
  readonly #waitedMs: number[] = [];

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
      turn: options.turn ?? '',
      suspect: options.suspect ?? false,
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
    return this.#ready.some((turns) => turns.size > 0);
  }

  /** The most urgent priority of which a key could be taken at `nowMs`. */
  readyPriority(nowMs: number): Priority | undefined {
    this.#promote(nowMs);
    return PRIORITIES[this.#ready.findIndex((turns) => turns.size > 0)];
  }

  /** When the next waiting key becomes ready; undefined when none waits. 0 when one is ready. */
  nextReadyAtMs(): number | undefined {
    if (this.#ready.some((turns) => turns.size > 0)) return 0;
    return this.#delayed[0]?.readyAtMs;
  }

  /**
   * Takes up to `max` ready keys of one group. The most urgent rank chooses: of the one whose turn it is, the group with
   * most ready keys (or the one that has waited long). The batch is filled up by turns, then with less urgent keys of the
   * same group.
   * @param probing takes keys that are not suspect, where there are some: they tell best whether anything can be done.
   */
  take(nowMs: number, max: number, { probing = false } = {}): Key[] {
    this.#promote(nowMs);
    const top = this.#ready.find((turns) => turns.size > 0);
    const [first] = top?.values() ?? [];
    if (first === undefined) return [];
    this.#takes++;
    const group = (probing ? this.#unsuspected() : undefined) ?? this.#choose(first);
    const batch: Item<Key>[] = [];
    for (const turns of this.#ready) if (batch.length < max) this.#takeByTurns(turns, group, { batch, max });
    this.#waitedMs.length = 0;
    for (const { key, sinceMs } of batch) {
      this.#taken.set(key, undefined);
      this.#waitedMs.push(Math.max(0, nowMs - sinceMs));
    }
    return batch.map(({ key }) => key);
  }

  /** One key of each who has some in the group, again and again; who was served goes to the end of the line. */
  #takeByTurns(
    turns: Turns<Key>,
    group: string,
    { batch, max }: { readonly batch: Item<Key>[]; readonly max: number },
  ): void {
    const served = new Set<string>();
    const takers = [...turns].flatMap(([turn, { groups }]) => {
      const items = groups.get(group)?.items.values();
      return items === undefined ? [] : [{ turn, items }];
    });
    for (let open = takers; open.length > 0 && batch.length < max; ) {
      open = open.filter(({ turn, items }) => {
        if (batch.length >= max) return true;
        const { value: item, done } = items.next();
        if (done) return false;
        served.add(turn);
        this.#unlist(item);
        batch.push(item);
        return true;
      });
    }
    for (const turn of served) {
      const rest = turns.get(turn);
      if (rest === undefined || !turns.delete(turn)) continue;
      turns.set(turn, rest);
    }
  }

  /** Ends the work on a taken key; what was added meanwhile starts to wait now. */
  done(key: Key): void {
    const waiting = this.#taken.get(key);
    this.#taken.delete(key);
    if (waiting !== undefined) this.#enlist(waiting);
  }

  #unsuspected(): string | undefined {
    for (const turns of this.#ready) {
      for (const { groups } of turns.values()) {
        for (const [group, { items }] of groups) {
          const [item] = items;
          if (item !== undefined && !item.suspect) return group;
        }
      }
    }
    return undefined;
  }

  #choose({ groups }: Ready<Key>): string {
    let largest = '';
    let size = -1;
    let patient = '';
    let oldest = this.#takes - PATIENCE_TAKES;
    for (const [group, ready] of groups) {
      ready.sinceTake ??= this.#takes;
      if (ready.sinceTake < oldest) {
        oldest = ready.sinceTake;
        patient = group;
      }
      if (ready.items.size > size) {
        largest = group;
        size = ready.items.size;
      }
    }
    const chosen = oldest < this.#takes - PATIENCE_TAKES ? patient : largest;
    const ready = groups.get(chosen);
    if (ready !== undefined) ready.sinceTake = undefined;
    return chosen;
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
    const turns = this.#ready[item.rank] as Turns<Key>;
    let ready = turns.get(item.turn);
    if (ready === undefined) {
      ready = { groups: new Map() };
      turns.set(item.turn, ready);
    }
    const group = ready.groups.get(item.group);
    if (group === undefined) ready.groups.set(item.group, { items: new Set([item]), sinceTake: undefined });
    else group.items.add(item);
  }

  #unlist(item: Item<Key>): void {
    this.#items.delete(item.key);
    const turns = this.#ready[item.rank] as Turns<Key>;
    const groups = turns.get(item.turn)?.groups;
    const group = groups?.get(item.group);
    if (groups !== undefined && group?.items.delete(item)) {
      if (group.items.size === 0) groups.delete(item.group);
      if (groups.size === 0) turns.delete(item.turn);
      return;
    }
    const index = this.#delayed.indexOf(item);
    if (index >= 0) this.#delayed.splice(index, 1);
  }
}

/** The ready keys of one rank by who asks, in the order of the turns. */
type Turns<Key> = Map<string, Ready<Key>>;

/** The ready keys of one who asks, by group, each in order of arrival. */
interface Ready<Key> {
  readonly groups: Map<string, { readonly items: Set<Item<Key>>; sinceTake: number | undefined }>;
}

function sameTurn<Key>(a: Item<Key>, b: Item<Key>): boolean {
  return a.rank === b.rank && a.group === b.group && a.turn === b.turn && a.readyAtMs === b.readyAtMs;
}

function merge<Key>(present: Item<Key>, wanted: Item<Key>, reschedule = false): Item<Key> {
  return {
    key: present.key,
    rank: Math.min(present.rank, wanted.rank),
    readyAtMs: reschedule ? wanted.readyAtMs : Math.min(present.readyAtMs, wanted.readyAtMs),
    group: wanted.group,
    turn: wanted.turn,
    suspect: wanted.suspect,
    sinceMs: Math.min(present.sinceMs, wanted.sinceMs),
  };
}
