/** Tells without parsing whether a text names the API group. What does not is foreign, whatever it holds. */
import { BINDING_CRD } from '../api/crd.generated.ts';

const { group: GROUP } = BINDING_CRD.spec;
/** What a document may hold whose type is mistyped, so that it is told of. */
const LIKENESS = /cvmsg|securitygroupbinding|instanceids|instanceselector|sgids/i;
/** How quotes may spell a character otherwise, or go on in the next line. */
const ESCAPE = /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|\r?\n[ \t]*|([ "/\\]))/gi;
const SEPARATOR = /^---(?=[ \t\r\n]|$)/m;
const EMPTY_DOCUMENT = /^(?:[ \t]*(?:#.*)?\r?\n)*[ \t]*(?:#.*)?$/;

/** Whether a text names the API group, be it with escapes. Where it does not, neither aliases nor tags can make a binding of it. */
export function namesGroup(text: string): boolean {
  if (text.includes(GROUP)) return true;
  return text.includes('\\') && text.replaceAll(ESCAPE, unescaped).includes(GROUP);
}

/** As {@link namesGroup}, of bytes that are no text: those of UTF-16 have a zero beside each letter. */
export function bytesNameGroup(bytes: Uint8Array): boolean {
  return namesGroup(Buffer.from(bytes).toString('latin1').replaceAll('\0', ''));
}

/** Whether a text without the group looks like one of bindings all the same. */
export function looksLikeOurs(text: string): boolean {
  return LIKENESS.test(text);
}

/** How many documents such a text seems to hold. */
export function countForeign(text: string): number {
  return text.split(SEPARATOR).filter((part) => !EMPTY_DOCUMENT.test(part)).length;
}

function unescaped(_: string, ...[x, u, U, itself]: (string | undefined)[]): string {
  const code = Number.parseInt(x ?? u ?? U ?? '', 16);
  if (Number.isNaN(code)) return itself ?? '';
  return code <= 0x10ffff ? String.fromCodePoint(code) : '';
}
