/** How many bytes texts take where an API server stores them, and texts that are cut to so many. */

/** The server writes these as escapes of six bytes. */
const ESCAPED = /[<>&\u2028\u2029]/g;

/** Bytes of a value in the server's JSON. */
export function storedBytes(value: unknown): number {
  const text = JSON.stringify(value) ?? '';
  let bytes = Buffer.byteLength(text);
  for (const [sign] of text.matchAll(ESCAPED)) bytes += 6 - Buffer.byteLength(sign);
  return bytes;
}

/** The start of a text, with an ellipsis where something is left out: at most so many characters and stored bytes. */
export function cutText(text: string, { characters, bytes }: { characters: number; bytes: number }): string {
  if (text.length <= characters && text.length * 6 <= bytes) return text;
  let end = 0;
  let taken = 0;
  const ellipsis = Buffer.byteLength('…');
  /** The last place where the ellipsis still fits. */
  let place = 0;
  for (const sign of text) {
    // Without the quotes around it.
    taken += storedBytes(sign) - 2;
    end += sign.length;
    if (taken > bytes || end > characters) return place === 0 ? '' : `${text.slice(0, place)}…`;
    if (taken + ellipsis <= bytes && end < characters) place = end;
  }
  return text;
}
