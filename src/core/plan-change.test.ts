import { describe, expect, it } from 'vitest';
import type { InstanceId } from '../api/ids.ts';
import type { GroupList } from './model.ts';
import { type PlanChange, planDigestText, sameChange } from './plan.ts';

const list = (letters: string) => letters.split(' ').filter(Boolean) as unknown as GroupList;

function change(id: string, from: string, to: string, region = 'ap-guangzhou'): PlanChange {
  const scope = { account: 'default', region };
  return { scope, instanceId: `ins-${id}` as InstanceId, from: list(from), to: list(to) };
}

/** What is no change from `a b` to `c d`, though it has much in common with it. */
const OTHERS = [
  { from: 'a b', to: 'd c', reason: 'the target in another order is another firewall' },
  { from: 'b a', to: 'c d', reason: 'it was approved from another order' },
  { from: 'a b', to: 'c', reason: 'the target lacks a group' },
  { from: 'a b', to: 'c d e', reason: 'the target has one more' },
  { from: 'a', to: 'c d', reason: 'it was approved from another list' },
  { from: 'a b b', to: 'c d', reason: 'it was approved from a list of another length' },
  { from: 'a b', to: 'c d d', reason: 'a group more, though the same ones' },
  { from: 'c d', to: 'a b', reason: 'the way back is another change' },
];

describe('a change of a plan', () => {
  const one = change('1', 'a b', 'c d');

  it('is the same as one from the same list to the same list', () => {
    expect(sameChange(change('1', 'a b', 'c d'), one)).toBe(true);
    expect(sameChange(undefined, one)).toBe(false);
  });

  it.each(OTHERS)('is not the same as [$from] > [$to]: $reason', ({ from, to, reason }) => {
    expect(sameChange(change('1', from, to), one), reason).toBe(false);
    expect(sameChange(one, change('1', from, to)), reason).toBe(false);
  });
});

describe('the text of a digest', () => {
  it('has a line a change, in one order whatever the order of the changes', () => {
    const changes = [change('2', '', 'a b'), change('1', 'a b', 'c d')];
    const text = 'default@ap-guangzhou ins-1 a,b > c,d\ndefault@ap-guangzhou ins-2  > a,b\n';
    expect(planDigestText(changes)).toBe(text);
    expect(planDigestText(changes.toReversed())).toBe(text);
  });

  it.each(OTHERS)('is another one for [$from] > [$to]: $reason', ({ from, to, reason }) => {
    const text = planDigestText([change('1', 'a b', 'c d')]);
    expect(planDigestText([change('1', from, to)]), reason).not.toBe(text);
  });

  it('is another one for another instance, region, or one change more', () => {
    const one = change('1', 'a b', 'c d');
    const text = planDigestText([one]);
    expect(planDigestText([change('2', 'a b', 'c d')])).not.toBe(text);
    expect(planDigestText([change('1', 'a b', 'c d', 'ap-shanghai')])).not.toBe(text);
    expect(planDigestText([one, change('2', 'a b', 'c d')])).not.toBe(text);
  });
});
