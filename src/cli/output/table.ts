/** Columns of text. */
import { stripVTControlCharacters } from 'node:util';

const GAP = 3;
/** A column that has to give way keeps at least this many characters. */
const NARROWEST = 8;

export interface TableFit {
  /** Characters of a line, as a terminal has them; absent: as many as it takes. */
  readonly width?: number | undefined;
  /** Headings of the columns that may be cut where the line is too long, ids and numbers never. */
  readonly cuts: readonly string[];
}

/** How a table is laid out, for lines that come later. */
export interface Columns {
  readonly widths: readonly number[];
  /** Blanks between two columns. */
  readonly gap: number;
  /** Of a line; absent: as long as it gets. */
  readonly width: number | undefined;
}

/** Lines of aligned columns under a heading; trailing blanks are cut. Cells may hold colour codes. */
export function table(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  fit: TableFit = { cuts: [] },
): string {
  const columns = columnsOf(heading, rows, fit);
  return [heading, ...rows].map((row) => tableLine(row, columns)).join('');
}

/** As wide as their cells, and where that is too much, the widest that may give way made narrower. */
export function columnsOf(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  { width, cuts }: TableFit,
): Columns {
  const all = [heading, ...rows];
  const widths = heading.map((_, column) => Math.max(...all.map((row) => lengthOf(row[column] ?? ''))));
  if (width === undefined) return { widths, gap: GAP, width };
  const narrowest = heading.map((name) =>
    cuts.includes(name) ? Math.max(NARROWEST, name.length) : Number.POSITIVE_INFINITY,
  );
  const cells = () => widths.reduce((sum, one) => sum + one, 0);
  let over = cells() + GAP * (widths.length - 1) - width;
  for (; over > 0; over--) {
    let widest = -1;
    for (const [column, one] of widths.entries())
      if (one > (narrowest[column] ?? 0) && one > (widths[widest] ?? 0)) widest = column;
    if (widest < 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  const room = Math.floor((width - cells()) / Math.max(1, widths.length - 1));
  return { widths, gap: Math.max(1, Math.min(GAP, room)), width };
}

/** One line; a cell that is wider than its column is cut. */
export function tableLine(row: readonly string[], { widths, gap, width }: Columns): string {
  const cells = row.map((cell, column) => {
    const own = widths[column] ?? 0;
    const length = lengthOf(cell);
    return length > own ? cutTo(cell, own) : cell + ' '.repeat(own - length);
  });
  const line = cells.join(' '.repeat(gap)).trimEnd();
  return `${width !== undefined && lengthOf(line) > width ? cutTo(line, width) : line}\n`;
}

/** What is cut loses its colours, which might not end otherwise. */
function cutTo(text: string, length: number): string {
  return `${stripVTControlCharacters(text).slice(0, Math.max(0, length - 1))}…`;
}

function lengthOf(cell: string): number {
  return stripVTControlCharacters(cell).length;
}
