import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SecurityGroupId } from '../api/ids.ts';
import type { GroupList } from './model.ts';
import { changeKind, NO_STEPS, performSteps, plan, sameSequence } from './plan.ts';

const list = (text: string): GroupList => text.split(' ').filter(Boolean) as SecurityGroupId[];
const words = (observed: string, desired: string) =>
  plan(list(observed), list(desired)).map((step) => {
    if (step.op === 'remove') return `remove ${step.sgId} from ${step.from}`;
    if (step.op === 'move') return `move ${step.sgId} ${step.from}->${step.to}`;
    return `add ${step.sgId} at ${step.to}`;
  });

const anyList = fc.uniqueArray(fc.constantFrom(...'abcdefghij'), { maxLength: 8 }) as fc.Arbitrary<unknown>;
const lists = anyList as fc.Arbitrary<GroupList>;

describe('plan', () => {
  it.each([
    { observed: 'a b', desired: 'a b', steps: [], reason: 'the same sequence is in sync' },
    { observed: 'a b', desired: 'b a', steps: ['move b 1->0'], reason: 'a swap is drift, shown as one move' },
    {
      observed: 'a b c d',
      desired: 'd a b c',
      steps: ['move d 3->0'],
      reason: 'only the group that moved is named',
    },
    {
      observed: 'a b c',
      desired: 'c b a',
      steps: ['move a 0->2', 'move c 2->0'],
      reason: 'a group that keeps its place is not said to move',
    },
    { observed: 'a', desired: 'a b', steps: ['add b at 1'], reason: 'an addition names its place' },
    { observed: 'a b', desired: 'a', steps: ['remove b from 1'], reason: 'a removal names its place' },
    {
      observed: '',
      desired: 'a b',
      steps: ['add a at 0', 'add b at 1'],
      reason: 'an instance stripped of every group',
    },
    {
      observed: 'a b c',
      desired: 'c a d',
      steps: ['remove b from 1', 'move c 2->0', 'add d at 2'],
      reason: 'all three kinds at once',
    },
    {
      observed: 'a a b',
      desired: 'a b',
      steps: ['remove a from 1'],
      reason: 'a group listed twice is kept once',
    },
  ])('$reason: [$observed] -> [$desired]', ({ observed, desired, steps, reason }) => {
    expect(words(observed, desired), reason).toEqual(steps);
  });

  it('always gives the same empty value for an instance in sync', () => {
    expect(plan(list('a b'), list('a b'))).toBe(NO_STEPS);
  });

  it('turns every observed list into the desired one', () => {
    fc.assert(
      fc.property(lists, lists, (observed, desired) => {
        expect(performSteps(observed, plan(observed, desired))).toEqual(desired);
      }),
    );
  });

  it('leaves nothing to do once it was performed', () => {
    fc.assert(
      fc.property(lists, lists, (observed, desired) => {
        expect(plan(performSteps(observed, plan(observed, desired)), desired)).toBe(NO_STEPS);
      }),
    );
  });

  it('sees every permutation but the identity as a change of order', () => {
    fc.assert(
      fc.property(lists, fc.nat(), (observed, rotation) => {
        const turn = observed.length === 0 ? 0 : rotation % observed.length;
        const turned = [...observed.slice(turn), ...observed.slice(0, turn)];
        expect(changeKind(plan(observed, turned))).toBe(sameSequence(observed, turned) ? 'none' : 'order');
      }),
    );
  });
});
