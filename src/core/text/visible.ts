/** Text that somebody else wrote, as it may be shown. */

/** What steers a terminal, ends a line, or turns the order of what follows. */
const STEERING = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** One line in which every such character is told as JSON would write it: `\n`, `\u001b`. */
export function visible(text: string): string {
  return text.replaceAll(STEERING, (character) => {
    const escaped = JSON.stringify(character).slice(1, -1);
    return escaped === character ? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}` : escaped;
  });
}
