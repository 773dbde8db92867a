/** In which order the leases of a round have their turn, and how many at once. */

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
