import type { Random } from '../runtime/random.ts';

/** A request id of the vendor's form: a version-4 UUID, drawn from `random`. */
export function newRequestId(random: Random): string {
  return 'xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx'.replace(/x/g, () =>
    Math.floor(random.next() * 16).toString(16),
  );
}
