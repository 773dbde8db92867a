import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tenantLimits } from './budget.ts';

const OWN = { share: 0.2, count: 5, periodMs: 600_000 };
const fleet = (counts: Readonly<Record<string, number>>) => new Map(Object.entries(counts));

describe('the limit of a tenant', () => {
  it('is the larger of the share of its own instances and the number', () => {
    expect(tenantLimits(OWN, fleet({ shop: 100, data: 8 }))).toEqual(fleet({ shop: 20, data: 5 }));
  });

  it('is a part of what all may together, which is shared out: what one does not want goes to the others', () => {
    const radius = { ...OWN, total: { share: 0, count: 24 } };
    expect(tenantLimits(radius, fleet({ shop: 100, data: 8, pay: 50 }))).toEqual(
      fleet({ shop: 10, data: 5, pay: 9 }),
    );
  });

  it('is one instance at least', () => {
    const radius = { ...OWN, total: { share: 0, count: 1 } };
    expect(tenantLimits(radius, fleet({ shop: 100, data: 8 }))).toEqual(fleet({ shop: 1, data: 1 }));
  });

  it('never adds up to more than all may together, but for one instance each', () => {
    const counts = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer({ min: 1, max: 500 }));
    fc.assert(
      fc.property(counts, fc.integer({ min: 0, max: 300 }), (instances, count) => {
        const radius = { ...OWN, total: { share: 0.1, count } };
        const all = Object.values(instances).reduce((sum, one) => sum + one, 0);
        const limits = [...tenantLimits(radius, fleet(instances)).values()];
        const together = Math.max(count, Math.floor(0.1 * all), limits.length);
        expect(limits.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(together);
      }),
    );
  });
});
