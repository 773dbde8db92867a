import { describe, expect, it } from 'vitest';
import { bindingKey, type InstanceId } from '../../api/ids.ts';
import type { Binding } from '../../core/model.ts';
import { OpenRestorations, type Restoration } from './pending-restores.ts';

const [WEB, DB] = [bindingKey('shop', 'web'), bindingKey('shop', 'db')];
const one = (id: string, key = WEB, over: Partial<Restoration> = {}): Restoration => ({
  instanceId: `ins-${id}` as InstanceId,
  binding: { key } as Binding,
  original: [],
  ...over,
});

describe('the restorations that have not ended', () => {
  it('are told by instance and by binding, sorted', () => {
    const open = new OpenRestorations();
    const [b, a, c] = [one('b'), one('a'), one('c', DB)];
    for (const each of [b, a, c]) open.put(each);
    expect(open.size).toBe(3);
    expect(open.get(b.instanceId)).toBe(b);
    expect(open.of(WEB)).toEqual([a, b]);
    expect(open.of(DB)).toEqual([c]);
    expect([...open]).toEqual([b, a, c]);
  });

  it('forget the one that ends, under each of its names, and no other', () => {
    const open = new OpenRestorations();
    const [a, b] = [one('a'), one('b')];
    open.put(a);
    open.put(b);
    open.remove(a);
    expect([open.size, open.get(a.instanceId), open.of(WEB)]).toEqual([1, undefined, [b]]);
    open.remove(b);
    expect([open.size, [...open], open.of(WEB)]).toEqual([0, [], undefined]);
    open.remove(b);
    expect(open.size).toBe(0);
  });

  it('hold one for an instance: the one that came last', () => {
    const open = new OpenRestorations();
    const later = one('a', WEB, { original: ['sg-aaaaaaaa'] as never });
    open.put(one('a'));
    open.put(later);
    expect([open.size, open.get(later.instanceId), open.of(WEB)]).toEqual([1, later, [later]]);
  });
});
