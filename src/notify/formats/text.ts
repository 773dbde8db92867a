/** The words of a message, the same in every form. */
import { visible } from '../../core/text/visible.ts';
import { count, shortRevision, someOf } from '../../core/text/words.ts';
import type { Notification } from '../notification.ts';

const LONGEST_LINE = 1_000;
const NAMED_BINDINGS = 5;

/** It begins with `cvmsg`, so that a robot that demands a word of every message can be given that one. */
export function titleText({ title, severity }: Notification): string {
  return visible(cutToBytes(`cvmsg ${severity}: ${title}`, LONGEST_LINE));
}

/** One line each, of printable characters. */
export function detailLines({ details, bindings, scope, revision }: Notification): string[] {
  const named = `${bindings.length === 1 ? 'binding' : count(bindings.length, 'binding')}: ${someOf(bindings, NAMED_BINDINGS)}`;
  const place = [scope, revision && `revision ${shortRevision(revision)}`].filter(
    (part) => part !== undefined,
  );
  return [
    ...details,
    ...(bindings.length === 0 ? [] : [named]),
    ...(place.length === 0 ? [] : [place.join(', ')]),
  ].map((line) => visible(cutToBytes(line, LONGEST_LINE)));
}

export function plainText(notification: Notification): string {
  return [titleText(notification), ...detailLines(notification)].join('\n');
}

/** Markup of somebody else's text becomes text: no link, no mention, no element. */
export function withoutMarkup(text: string): string {
  return text.replaceAll('<', '‹').replaceAll('>', '›').replaceAll('](', '] (').replaceAll('*', '∗');
}

/** The start of a text with an ellipsis: at most so many bytes of UTF-8, and no half character. */
export function cutToBytes(text: string, most: number): string {
  if (Buffer.byteLength(text) <= most) return text;
  let bytes = Buffer.byteLength('…');
  let end = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > most) break;
    end += character.length;
  }
  return `${text.slice(0, end)}…`;
}
