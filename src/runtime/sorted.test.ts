import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sortedInSteps } from '../controller/budget/plan-digest.ts';

it('sorts as `sort()` does, whatever the texts and the steps', () => {
  const texts = fc.array(fc.string({ unit: 'binary', maxLength: 3 }), { maxLength: 50 });
  fc.assert(
    fc.property(texts, fc.integer({ min: 1, max: 10 }), (given, most) => {
      const steps = sortedInSteps(given, most);
      let step = steps.next();
      while (!step.done) step = steps.next();
      expect(step.value).toEqual([...given].sort());
    }),
  );
});
