/** Log lines for people: time, level, sentence, then what else the line holds. */

import { visible } from '../../core/text/visible.ts';
import type { Palette } from '../output/palette.ts';

/** The sentence names the first of the instances: a hundred ids would bury it. */
const UNREPORTED = new Set(['level', 'time', 'msg', 'instanceIds']);

/** The pretty form of one JSON log line; a line that is no JSON comes back unchanged. */
export function prettyLine(line: string, palette: Palette): string {
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return line;
  }
  const text = visible(String(entry.msg ?? ''));
  const time = String(entry.time ?? '').slice(11, 19);
  const rest = Object.entries(entry)
    .filter(
      ([name, value]) => !UNREPORTED.has(name) && !isReported(value, { text, level: String(entry.level) }),
    )
    .map(([name, value]) => palette.faint(`${name}=${visible(valueText(value))}`));
  return `${[palette.faint(time), levelText(String(entry.level), palette), text, ...rest].join(' ')}\n`;
}

/** Whether the sentence says it already, or nobody could read it in one: each fact is told once. */
function isReported(
  value: unknown,
  { text, level }: { readonly text: string; readonly level: string },
): boolean {
  const shown = visible(valueText(value));
  if (level === 'info' && /^[{[]/.test(shown)) return true;
  if (shown === '') return false;
  if (typeof value !== 'number') return text.includes(shown);
  return new RegExp(`(?<![\\w.])${shown.replaceAll('.', '\\.')}(?![\\w.])`).test(text);
}

function levelText(level: string, palette: Palette): string {
  const word = level.toUpperCase().padEnd(5);
  switch (level) {
    case 'error':
    case 'fatal':
      return palette.bad(word);
    case 'warn':
      return palette.changed(word);
    case 'info':
      return palette.good(word);
    default:
      return palette.faint(word);
  }
}

function valueText(value: unknown): string {
  if (typeof value === 'object' && value !== null) {
    const { account, region } = value as Record<string, unknown>;
    return typeof account === 'string' && typeof region === 'string'
      ? `${account}@${region}`
      : JSON.stringify(value);
  }
  return String(value);
}
