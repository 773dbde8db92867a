/** Tells without parsing that a text cannot be about bindings. */

/**
 * What a document of ours has to hold: the API group, or an escape that may spell it. The other words are there for
 * documents whose type is mistyped, so that they are told of.
 */
const SIGN = /cvmsg|securitygroupbinding|instanceids|instanceselector|sgids|\\/i;
const SEPARATOR = /^---(?=[ \t\r\n]|$)/m;
const EMPTY_DOCUMENT = /^(?:[ \t]*(?:#.*)?\r?\n)*[ \t]*(?:#.*)?$/;

/** Whether a text may be about bindings. Where it may not, neither aliases nor tags nor quotes can make it. */
export function mayBeOurs(text: string): boolean {
  return SIGN.test(text);
}

/** How many documents such a text seems to hold. */
export function countForeign(text: string): number {
  return text.split(SEPARATOR).filter((part) => !EMPTY_DOCUMENT.test(part)).length;
}
