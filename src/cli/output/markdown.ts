/**
 * Foreign text in Markdown (GFM, as code hosts show it). Names of groups, instances, tags and files, and messages that
 * hold them, are written by whoever may name things in the cloud or in a document: they must not end a cell, open an
 * image, link anywhere or mention anybody. Hosts look for mentions and addresses in the page that comes out as well, so
 * that escapes do not keep them; what they pass over is code. Text that is surely plain stays as it is.
 */
import { visible } from '../../core/text/visible.ts';

/** Foreign text as code: between backticks, or as an element where those would not hold it. */
export function code(text: string): string {
  const shown = visible(text);
  // A table is cut at its bars before anything else is read; a span loses spaces at its ends.
  return shown.trim() === shown && shown !== '' && !/[`|]/.test(shown) ? `\`${shown}\`` : element(shown);
}

/** Text within a line or a cell that may hold foreign text; what stands between colons is judged for itself. */
export function inline(text: string): string {
  const parts = visible(text).split(': ');
  return parts.map((part) => (isPlain(part) ? part.replaceAll('>', '&gt;') : code(part))).join(': ');
}

/** Text within an element of HTML, where Markdown does not count. */
export function inElement(text: string): string {
  const shown = visible(text);
  const plain = isPlain(shown.replaceAll(/[.:]/g, '')) && !/www\.|:\/\//i.test(shown);
  return plain ? shown.replaceAll('>', '&gt;') : element(shown);
}

/** Words, ids and lists of ours, without anything that starts a span, an address, a mention or the number of an issue. */
function isPlain(text: string): boolean {
  if (!/^[A-Za-z0-9 ,;()/>-]*$/.test(text)) return false;
  const looksLikeCommit = /(?:^|[^-0-9A-Za-z])[0-9a-f]{7,40}(?![0-9a-z])/i.test(text);
  return !looksLikeCommit && !/\bGH-\d/i.test(text);
}

function element(text: string): string {
  const inner = text.replaceAll(/[^\p{L}\p{N} ]/gu, (character) => `&#${character.codePointAt(0)};`);
  return `<code>${inner}</code>`;
}
