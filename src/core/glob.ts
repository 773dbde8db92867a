/**
 * Whether the whole text fits the pattern: `*` is any text, also none, `?` exactly one character, and all else
 * itself, with upper and lower case apart. A character is a Unicode code point. It never goes back by more than one
 * star, so that no pattern makes it slower than the product of both lengths.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  const wanted = Array.from(pattern);
  const given = Array.from(text);
  let at = 0;
  let star = -1;
  let resumeAt = 0;
  for (let i = 0; i < given.length; ) {
    if (wanted[at] === '*') {
      star = at++;
      resumeAt = i;
    } else if (at < wanted.length && (wanted[at] === '?' || wanted[at] === given[i])) {
      at++;
      i++;
    } else if (star >= 0) {
      // The last star takes one character more; stars before it need not be tried again.
      at = star + 1;
      i = ++resumeAt;
    } else {
      return false;
    }
  }
  while (wanted[at] === '*') at++;
  return at === wanted.length;
}

/** Whether the text fits at least one of the patterns. */
export function matchesAnyGlob(patterns: readonly string[], text: string): boolean {
  return patterns.some((pattern) => matchesGlob(pattern, text));
}
