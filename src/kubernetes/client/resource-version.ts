/**
 * The order of resource versions. They are opaque by contract; of one store they are numbers that grow with each write, so
 * one that is lower than another that was seen before tells that the store was put back to an older state.
 */

const NUMBER = /^\d{1,30}$/;

/** Whether `version` is certainly older than `seen`; false where one of them is no number. */
export function isOlder(version: string, seen: string): boolean {
  return NUMBER.test(version) && NUMBER.test(seen) && BigInt(version) < BigInt(seen);
}
