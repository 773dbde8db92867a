import { expect, it } from 'vitest';
import { differenceText } from './difference.ts';
import type { GroupList } from './model.ts';
import { plan } from './plan.ts';

const list = (names: string) => names.split(' ').filter(Boolean) as unknown as GroupList;

it.each([
  { observed: 'b a', desired: 'a b', text: 'the order differs: a is at place 2, declared at 1' },
  { observed: 'a b c', desired: 'c a b', text: 'the order differs: c is at place 3, declared at 1' },
  { observed: 'a', desired: 'a b', text: 'the groups differ: b is missing' },
  { observed: 'a b', desired: 'b', text: 'the groups differ: a is not declared' },
  {
    observed: 'c x b a',
    desired: 'a b c d',
    text: 'the groups differ: d is missing; x is not declared',
  },
  {
    observed: 'a',
    desired: 'b c d e',
    text: 'the groups differ: b, c and 2 more are missing; a is not declared',
  },
  { observed: 'a b a', desired: 'a b', text: 'the groups differ: a is there twice' },
  { observed: '', desired: 'a', text: 'the groups differ: a is missing' },
  {
    observed: 'f e d c b a',
    desired: 'a b c d e f',
    text: 'the order differs: e is at place 2, declared at 5, d is at place 3, declared at 4 and 3 more',
  },
])('of [$observed] from [$desired] is told as "$text"', ({ observed, desired, text }) => {
  expect(differenceText(plan(list(observed), list(desired)), list(desired))).toBe(text);
});
