import { hash } from 'node:crypto';
import { type PlanChange, planDigestText } from '../../core/plan-change.ts';

/** The digest of a plan, `sha256:` and 64 hexadecimal digits: over exactly what would change, from what. */
export function planDigest(changes: Iterable<PlanChange>): string {
  return `sha256:${hash('sha256', planDigestText(changes), 'hex')}`;
}
