import { describe, expect, it } from 'vitest';
import { SharedValues } from './shared-values.ts';

const copyOf = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

describe('shared values', () => {
  it('are one object when they say the same', () => {
    const values = new SharedValues();
    const list = ['sg-1', 'sg-2'];
    const first = values.share(copyOf(list));
    expect(values.share(copyOf(list))).toBe(first);
    expect(first).toEqual(list);
  });

  it('are never taken for one another when only the order differs', () => {
    const values = new SharedValues();
    values.share(['sg-1', 'sg-2']);
    expect(values.share(['sg-2', 'sg-1'])).toEqual(['sg-2', 'sg-1']);
  });

  it('tell a text from a value whose JSON it is', () => {
    const values = new SharedValues();
    values.share(['a']);
    expect(values.share('["a"]')).toBe('["a"]');
    expect(values.share(['a'])).toEqual(['a']);
  });

  it('leave what is no object as it is', () => {
    const values = new SharedValues();
    expect([1, true, null, undefined].map((one) => values.share(one))).toEqual([1, true, null, undefined]);
  });

  it('say what they said after more than fits into the memory came by', () => {
    const values = new SharedValues();
    const early = values.share({ tags: { app: 'web' } });
    for (let index = 0; index < 20_000; index++) {
      values.share([`sg-${index}`]);
      values.share(`text ${index}`);
    }
    expect(early).toEqual({ tags: { app: 'web' } });
    expect(values.share(copyOf(early))).toEqual(early);
  });
});
