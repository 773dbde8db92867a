/**
 * Takes out of a foreign text what proves who sends a request. Servers, proxies and gateways echo what they were sent,
 * in pages, redirects and JSON, as it was or encoded anew. Texts are masked whole: cut first, half a secret could stay.
 */

const MASK = '[secret]';

/** Shorter ones would take ordinary words away, and prove nothing. */
const SHORTEST = 4;

/** `secrets` are values that the request held: its signature, its token. Names and schemes that stand before such a value are known. */
export function masked(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  for (const secret of secrets) {
    if (secret.length >= SHORTEST) clean = clean.replace(echoOf(secret), MASK);
  }
  for (const { pattern, keep } of BY_NAME) clean = clean.replace(pattern, keep);
  return clean;
}

/** The value as it is, and as forms, addresses, HTML and JSON write it. */
export function echoOf(value: string): RegExp {
  return new RegExp([...value].map(echoOfCharacter).join(''), 'g');
}

/** HTML escapes it where it escapes everything. */
const PERCENT = '(?:%|&(?:amp;)?#(?:0{0,4}37|[xX]25);)';

function echoOfCharacter(character: string): string {
  if (/[A-Za-z0-9]/.test(character)) return character;
  const escaped = character.replace(/[\\^$.*+?()[\]{}|/-]/, '\\$&');
  const bytes = [...Buffer.from(character, 'utf8')].map((byte) => byte.toString(16).padStart(2, '0'));
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  const name = ENTITIES.get(character);
  const ways = [
    `\\\\{0,4}${escaped}`,
    bytes.map((byte) => `${PERCENT}(?:25){0,3}${anyCase(byte)}`).join(''),
    `&(?:amp;)?#0{0,4}${code};`,
    `&(?:amp;)?#[xX]0{0,4}${anyCase(hex)};`,
    `\\\\{1,4}u0{0,4}${anyCase(hex)}`,
    ...(name === undefined ? [] : [`&(?:amp;)?${name};`]),
    ...(character === ' ' ? ['\\+'] : []),
  ];
  return `(?:${ways.join('|')})`;
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['+', 'plus'],
  ['/', 'sol'],
  ['=', 'equals'],
  ['-', 'hyphen'],
  ['&', 'amp'],
  ['"', 'quot'],
  ['<', 'lt'],
  ['>', 'gt'],
]);

function anyCase(hex: string): string {
  return [...hex].map((digit) => (/[a-f]/.test(digit) ? `[${digit}${digit.toUpperCase()}]` : digit)).join('');
}

const QUOTE = String.raw`(?:\\{0,4}["'\u0060]|&(?:amp;)?(?:quot|apos|#0{0,4}3[49]|#[xX]2[27]);|%(?:25){0,3}2[27])`;
const GAP = String.raw`(?:\s|%(?:25){0,3}20|\+|&nbsp;|<[^<>]{0,80}>|\\[nrt])`;
const EQUALS = `(?:[:=]|%(?:25){0,3}3[aAdD]|&(?:amp;)?(?:#0{0,4}(?:58|61)|#[xX]3[aAdD]|colon|equals);)`;
/** A base64, hexadecimal or token text in any of the encodings. */
const OPAQUE = String.raw`(?:[A-Za-z0-9_.~+/=-]|\\{1,4}/|%(?:25){0,3}2[bBfFdD]|%(?:25){0,3}3[dD]|&(?:amp;)?(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|plus|sol|equals);)`;
const BEFORE = `${GAP}{0,8}${QUOTE}?${GAP}{0,8}${EQUALS}${GAP}{0,8}[[(]?${GAP}{0,8}${QUOTE}?${GAP}{0,8}`;

interface MaskByName {
  readonly pattern: RegExp;
  readonly keep: string;
}

const BY_NAME: readonly MaskByName[] = [
  // A header, up to the end of its line, its element or its quotes.
  {
    pattern: new RegExp(
      String.raw`\b((?:proxy-|x-forwarded-)?authorization${BEFORE})(?!\[secret\])(?:(?!&(?:amp;)?quot;|&(?:amp;)?#0{0,4}34;|\\{0,4}["<>]|[\r\n]|\\[rn]).)+`,
      'giu',
    ),
    keep: `$1${MASK}`,
  },
  {
    pattern: new RegExp(`\\b(TC3-HMAC-SHA256${GAP}{1,8}Credential${EQUALS})[^\\r\\n"'<>]*`, 'gi'),
    keep: `$1${MASK}`,
  },
  // Words of a sentence have no digits and capitals in them.
  {
    pattern: new RegExp(
      `\\b((?:[Bb]earer|[Bb]asic|[Nn]egotiate)${GAP}{1,8})(?=[a-z]{0,64}[A-Z0-9+/=._~-])${OPAQUE}{8,}`,
      'g',
    ),
    keep: `$1${MASK}`,
  },
  {
    pattern: new RegExp(
      `((?:\\b|_|%(?:25){0,3}[0-9a-fA-F]{2})(?:signature|(?:x-tc-|session|security|webidentity|access|id|refresh)?_?token|(?:tmp)?secret_?(?:access_?)?key)${BEFORE})(?!\\[masked\\])${OPAQUE}{8,}`,
      'gi',
    ),
    keep: `$1${MASK}`,
  },
];
