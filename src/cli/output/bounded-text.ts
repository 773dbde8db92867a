/** Text that may not be longer than its reader takes: whole pieces of it are left out, the least important first. */

export interface Piece {
  readonly text: string;
  /** Pieces with a higher rank are left out first; of equal ones the later. */
  readonly rank: number;
}

/**
 * Renders as many pieces as fit into `maxLength` UTF-16 units, which may be none.
 * @param render the whole text with these pieces, each time in their original order.
 */
export function boundedText(
  pieces: readonly Piece[],
  {
    maxLength,
    render,
  }: { readonly maxLength: number; readonly render: (kept: ReadonlySet<Piece>) => string },
): string {
  const whole = render(new Set(pieces));
  if (whole.length <= maxLength) return whole;
  const byRank = pieces.toSorted((a, b) => a.rank - b.rank);
  let fits = 0;
  let tooMany = pieces.length;
  let best = render(new Set());
  while (tooMany - fits > 1) {
    const middle = Math.floor((fits + tooMany) / 2);
    const text = render(new Set(byRank.slice(0, middle)));
    if (text.length <= maxLength) {
      fits = middle;
      best = text;
    } else tooMany = middle;
  }
  return best;
}
