import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bindingKey, type InstanceId, type SecurityGroupId } from '../api/ids.ts';
import { ClaimIndex } from './claim-index.ts';
import type { Binding } from './model.ts';

const instance = (n: number) => `ins-0000000${n}` as InstanceId;

function binding(name: string, instances: readonly number[], createdAt?: string): Binding {
  return {
    key: bindingKey('shop', name),
    namespace: 'shop',
    name,
    scope: { account: 'default', region: 'ap-guangzhou' },
    instanceIds: instances.map(instance),
    sgIds: ['sg-aaaaaaaa' as SecurityGroupId],
    mode: 'Enforce',
    suspend: false,
    origin: { kind: 'directory', file: `${name}.yaml`, line: 1, column: 1, revision: 'r1' },
    ...(createdAt === undefined ? {} : { createdAt }),
  };
}
const put = (...bindings: Binding[]) => bindings.map((one) => [one.key, one] as const);
const winnerOf = (index: ClaimIndex, n: number) => index.claim(instance(n))?.winner.name;

describe('ClaimIndex', () => {
  it('lets the oldest binding win, then the first by name', () => {
    const index = new ClaimIndex();
    index.update(put(binding('b', [1]), binding('a', [1, 2]), binding('z', [2], '2020-01-01T00:00:00Z')));
    expect(winnerOf(index, 1)).toBe('a');
    expect(winnerOf(index, 2)).toBe('z');
    expect(index.claim(instance(1))?.losers.map((loser) => loser.name)).toEqual(['b']);
  });

  it('lets an owner keep its instance when a binding that sorts before it arrives', () => {
    const index = new ClaimIndex();
    index.update(put(binding('b', [1])));
    index.update(put(binding('a', [1])));
    expect(winnerOf(index, 1)).toBe('b');
  });

  it('lets the owner of an earlier run keep its instance', () => {
    const index = new ClaimIndex(new Map([[instance(1), bindingKey('shop', 'b')]]));
    index.update(put(binding('a', [1]), binding('b', [1])));
    expect(winnerOf(index, 1)).toBe('b');
  });

  it('hands an instance over when its owner stops claiming it, and says which instances changed', () => {
    const index = new ClaimIndex();
    index.update(put(binding('a', [1, 2]), binding('b', [1])));
    const touched = index.update([[bindingKey('shop', 'a'), undefined]]);
    expect([...touched].sort()).toEqual([instance(1), instance(2)]);
    expect(winnerOf(index, 1)).toBe('b');
    expect(index.claim(instance(2))).toBeUndefined();
  });

  it('forgets an owner that let go, so that it does not win the instance back', () => {
    const index = new ClaimIndex();
    index.update(put(binding('b', [1])));
    index.update([[bindingKey('shop', 'b'), undefined]]);
    index.update(put(binding('a', [1]), binding('b', [1])));
    expect(winnerOf(index, 1)).toBe('a');
  });

  it('names the same winners in whatever order the bindings of a revision come', () => {
    const bindings = fc.uniqueArray(
      fc.record({ name: fc.constantFrom(...'abcdef'), ids: fc.uniqueArray(fc.integer({ min: 0, max: 5 })) }),
      { selector: (one) => one.name },
    );
    fc.assert(
      fc.property(bindings, fc.nat(), (list, rotation) => {
        const made = list.map((one) => binding(one.name, one.ids));
        const turn = made.length === 0 ? 0 : rotation % made.length;
        const straight = new ClaimIndex();
        const turned = new ClaimIndex();
        straight.update(put(...made));
        turned.update(put(...made.slice(turn), ...made.slice(0, turn)));
        for (let n = 0; n <= 5; n++) expect(winnerOf(turned, n)).toBe(winnerOf(straight, n));
      }),
    );
  });
});
