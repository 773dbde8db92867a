/** What is likely wrong with a region that a flag names; it is used all the same, because it may be new. */
import { suggestRegion } from '../../api/region.ts';

/** Undefined for a known region, and for a name like no other. */
export function regionDoubt(region: string): string | undefined {
  const meant = suggestRegion(region);
  return meant === undefined ? undefined : `no region is known as "${region}"; did you mean "${meant}"?`;
}
