/**
 * Deals leases to replicas: evenly within one, and with as few moves as that needs. All that a replica holds it keeps up
 * to its share; what is over, or held by nobody who is alive, goes to those that have fewer. It is a pure function of
 * what all replicas see, so they come to the same deal without a word.
 *
 * | what happens           | what moves                                     |
 * |------------------------|------------------------------------------------|
 * | a lease is new or ends | nothing, or the one that makes it even again   |
 * | a replica comes        | its share                                      |
 * | a replica goes         | what it held                                   |
 */

export interface DealtLease {
  readonly name: string;
  /** Who holds it as far as is known; empty for nobody. */
  readonly holder: string;
}

/** @param replicas those that are alive, at least one. Returns the replica that each lease shall go to, or stay with. */
export function dealLeases(
  leases: Iterable<DealtLease>,
  replicas: readonly string[],
): ReadonlyMap<string, string> {
  const sorted = [...leases].sort((a, b) => compare(a.name, b.name));
  const held = new Map(replicas.map((replica) => [replica, [] as string[]]));
  for (const { name, holder } of sorted) held.get(holder)?.push(name);
  const room = shares(held, sorted.length);
  const dealt = new Map<string, string>();
  for (const [replica, names] of held) {
    const kept = names.slice(0, room.get(replica));
    for (const name of kept) dealt.set(name, replica);
    room.set(replica, (room.get(replica) ?? 0) - kept.length);
  }
  for (const { name } of sorted) {
    if (dealt.has(name)) continue;
    const next = roomiest(room);
    if (next === undefined) break;
    dealt.set(name, next);
    room.set(next, (room.get(next) ?? 0) - 1);
  }
  return dealt;
}

/**
 * How many each may have. What does not divide evenly goes to those that hold it already; of these to the first by name,
 * however much more than that they hold: while the leases that are over are handed on one by one, the deal stays what it is.
 */
function shares(held: ReadonlyMap<string, readonly string[]>, leases: number): Map<string, number> {
  const base = Math.floor(leases / held.size);
  const weight = (names: readonly string[]) => Math.min(names.length, base + 1);
  const order = [...held].sort(([a, as], [b, bs]) => weight(bs) - weight(as) || compare(a, b));
  return new Map(order.map(([replica], index) => [replica, base + (index < leases % held.size ? 1 : 0)]));
}

/** Who has the most room; of two the first by name. */
function roomiest(room: ReadonlyMap<string, number>): string | undefined {
  let best: string | undefined;
  let most = 0;
  for (const [replica, left] of room) {
    const isBetter = left > most || (left === most && best !== undefined && compare(replica, best) < 0);
    if (left > 0 && isBetter) [best, most] = [replica, left];
  }
  return best;
}

/** By code units, so that all machines agree whatever their language. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

// In which order the leases of a round have their turn, and how many at once.

/** Leases whose requests are under way together. */
const AT_ONCE = 16;
/** Leases that are not ours and are looked at in one round. */
const OTHERS_AT_ONCE = 32;

/**
 * Does the work of a round for what is ours, and then for some of the others, in turns: no number of those may cost ours
 * their renewal.
 */
export async function inOrder<T extends { readonly held: boolean; readonly leaving: unknown }>(
  leases: readonly T[],
  round: number,
  work: (lease: T) => Promise<void>,
): Promise<void> {
  const isOurs = ({ held, leaving }: T) => held || leaving !== undefined;
  await atMost(AT_ONCE, leases.filter(isOurs), work);
  const others = leases.filter((lease) => !isOurs(lease));
  await atMost(AT_ONCE, inTurn(others, round), work);
}

async function atMost<T>(most: number, items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = items.values();
  const worker = async () => {
    for (const item of waiting) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker));
}

/** Those whose turn it is: of many, some in each round. */
function inTurn<T>(items: readonly T[], round: number): readonly T[] {
  if (items.length <= OTHERS_AT_ONCE) return items;
  const from = (round * OTHERS_AT_ONCE) % items.length;
  return [...items.slice(from), ...items.slice(0, from)].slice(0, OTHERS_AT_ONCE);
}
