import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BindingKey, bindingKey, type InstanceId, type SecurityGroupId } from '../api/ids.ts';
import { allAtOnce } from '../api/steps.ts';
import { ClaimIndex } from './claim-index.ts';
import type { Binding, ObservedInstance } from './model.ts';
import type { Tenant } from './policy.ts';
import { Tenancy } from './tenancy.ts';

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
/** What is read of an instance, wherever. */
const observed = (instanceId: InstanceId): ObservedInstance => ({
  instanceId,
  sgIds: [],
  state: 'RUNNING',
  restrictState: 'NORMAL',
  latestOperationState: 'SUCCESS',
});
const put = (...bindings: Binding[]) => bindings.map((one) => [one.key, one] as const);
interface Drawn {
  readonly name: string;
  readonly instances: readonly number[];
  readonly account: string;
}
const changesOf = (drawn: readonly Drawn[]) =>
  drawn.map(({ name, instances, account }) => {
    const made = { ...binding(name, instances), scope: { account, region: 'ap-guangzhou' } };
    return [made.key, made] as const;
  });
const removed = (drawn: readonly Drawn[]) =>
  drawn.map(({ name }) => [bindingKey('shop', name), undefined] as const);
const SCOPE = 'default@ap-guangzhou';
const ownerOf = (index: ClaimIndex, n: number) => index.claim(instance(n), SCOPE)?.owner.name;

describe('ClaimIndex', () => {
  it('lets the oldest binding win, then the first by name', () => {
    const index = new ClaimIndex();
    index.update(put(binding('b', [1]), binding('a', [1, 2]), binding('z', [2], '2020-01-01T00:00:00Z')));
    expect(ownerOf(index, 1)).toBe('a');
    expect(ownerOf(index, 2)).toBe('z');
    expect(index.claim(instance(1), SCOPE)?.contenders.map((contender) => contender.name)).toEqual(['b']);
  });

  it('lets an owner keep its instance when a binding that sorts before it arrives', () => {
    const index = new ClaimIndex({ observations: { seen: (_, id) => observed(id) } });
    index.update(put(binding('b', [1])));
    index.update(put(binding('a', [1])));
    expect(ownerOf(index, 1)).toBe('b');
  });

  it('lets the owner of an earlier run keep its instance', () => {
    const index = new ClaimIndex({ owners: new Map([[instance(1), bindingKey('shop', 'b')]]) });
    index.update(put(binding('a', [1]), binding('b', [1])));
    expect(ownerOf(index, 1)).toBe('b');
  });

  it('hands an instance over when its owner stops claiming it, and says which instances changed', () => {
    const index = new ClaimIndex();
    index.update(put(binding('a', [1, 2]), binding('b', [1])));
    const changed = index.update([[bindingKey('shop', 'a'), undefined]]);
    expect([...changed].sort()).toEqual([instance(1), instance(2)]);
    expect(ownerOf(index, 1)).toBe('b');
    expect(index.claim(instance(2), SCOPE)).toBeUndefined();
  });

  it('forgets an owner that let go, so that it does not win the instance back', () => {
    const index = new ClaimIndex();
    index.update(put(binding('b', [1])));
    index.update([[bindingKey('shop', 'b'), undefined]]);
    index.update(put(binding('a', [1]), binding('b', [1])));
    expect(ownerOf(index, 1)).toBe('a');
  });

  it('names the same owners in whatever order the bindings of a revision come', () => {
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
        for (let n = 0; n <= 5; n++) expect(ownerOf(turned, n)).toBe(ownerOf(straight, n));
      }),
    );
  });
});

/** An index over what was read, by `account@region` and instance; null where the cloud does not know it. */
function reading(
  reads: Map<string, ObservedInstance | null>,
  tenants: readonly Tenant[] = [],
  owners?: ReadonlyMap<InstanceId, BindingKey>,
) {
  return new ClaimIndex({
    tenancy: new Tenancy({ tenants }),
    observations: { seen: (scope, id) => reads.get(`${scope} ${id}`) },
    ...(owners === undefined ? {} : { owners }),
  });
}

const ONE = instance(1);
const HERE = `${SCOPE} ${ONE}`;
const within = (scope: Partial<Binding['scope']>, of: Binding): Binding => ({
  ...of,
  scope: { ...of.scope, ...scope },
});

describe('a claim', () => {
  it('holds its instance once it was read through its own account and region, and not before', () => {
    const reads = new Map<string, ObservedInstance | null>();
    const index = reading(reads);
    index.update(put(binding('a', [1])));
    expect(index.holder(ONE)).toBeUndefined();
    reads.set(HERE, observed(ONE));
    expect(index.observed(ONE)).toBe(true);
    expect(index.holder(ONE)?.name).toBe('a');
    expect(index.observed(ONE)).toBe(false);
  });

  it('holds nothing that the cloud does not know, and contends with none that does', () => {
    const reads = new Map<string, ObservedInstance | null>([[HERE, null]]);
    const index = reading(reads);
    index.update(put(binding('a', [1]), within({ account: 'other' }, binding('b', [1]))));
    reads.set(`other@ap-guangzhou ${ONE}`, observed(ONE));
    index.observed(ONE);
    expect(index.holder(ONE)?.name).toBe('b');
    expect(index.claimOf(ONE, bindingKey('shop', 'a'))).toMatchObject({ holds: false, contenders: [] });
  });

  it('of another region is no contender, whoever came first', () => {
    const index = reading(new Map([[HERE, observed(ONE)]]));
    index.update(put(within({ region: 'ap-shanghai' }, binding('a', [1], '2020-01-01T00:00:00Z'))));
    index.update(put(binding('b', [1])));
    expect(index.holder(ONE)?.name).toBe('b');
    expect(index.claimsOn(ONE).map(({ contenders }) => contenders.length)).toEqual([0, 0]);
  });

  it('of another account is a contender once both have read the instance, and the one that holds it keeps it', () => {
    const reads = new Map<string, ObservedInstance | null>([[HERE, observed(ONE)]]);
    const index = reading(reads);
    index.update(put(binding('b', [1]), within({ account: 'other' }, binding('a', [1]))));
    expect(index.holder(ONE)?.name).toBe('b');
    expect(index.claimsOn(ONE)).toHaveLength(2);
    reads.set(`other@ap-guangzhou ${ONE}`, observed(ONE));
    index.observed(ONE);
    expect(index.claimsOn(ONE)).toMatchObject([{ owner: { name: 'b' }, contenders: [{ name: 'a' }] }]);
    expect(index.claim(ONE, 'other@ap-guangzhou')).toBeUndefined();
  });

  it('that is remembered keeps its instance until the first read contradicts it', () => {
    const other = `other@ap-guangzhou ${ONE}`;
    const reads = new Map<string, ObservedInstance | null>([[other, observed(ONE)]]);
    const index = reading(reads, [], new Map([[ONE, bindingKey('shop', 'b')]]));
    index.update(put(within({ account: 'other' }, binding('a', [1])), binding('b', [1])));
    expect(index.holder(ONE)?.name).toBe('b');
    reads.set(HERE, null);
    index.observed(ONE);
    expect(index.holder(ONE)?.name).toBe('a');
  });

  it('that tenancy refuses is none: known at once from ids, and after the read from tags', () => {
    const reads = new Map<string, ObservedInstance | null>();
    const index = reading(reads, [
      { name: 'web', instances: { ids: [instance(2)], tags: { team: 'web' } } },
      { name: 'none', namespaces: ['none'] },
    ]);
    index.update(put(binding('a', [1, 2])));
    expect(index.claimsOn(ONE)).toHaveLength(1);
    reads.set(HERE, { ...observed(ONE), tags: { team: 'data' } });
    index.observed(ONE);
    expect(index.claimsOn(ONE)).toEqual([]);
    expect([...index.refused()].map(([id, { name }]) => `${id} ${name}`)).toEqual([`${ONE} a`]);
    reads.set(HERE, { ...observed(ONE), tags: { team: 'web' } });
    index.observed(ONE);
    expect(index.holder(ONE)?.name).toBe('a');
  });
});

describe('a change of the index that is taken in steps', () => {
  const bindings = fc.array(
    fc.record({
      name: fc.constantFrom('a', 'b', 'c', 'd'),
      instances: fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }),
      account: fc.constantFrom('default', 'other'),
    }),
    { maxLength: 4 },
  );
  const reads = fc.array(
    fc.record({
      account: fc.constantFrom('default', 'other'),
      n: fc.integer({ min: 1, max: 4 }),
      found: fc.boolean(),
      moment: fc.constantFrom('before', 'staged', 'committed', 'after'),
    }),
  );

  it('gives the claims that it gives at once, whatever is read meanwhile, and none of them early', () => {
    fc.assert(
      fc.property(bindings, bindings, reads, (first, second, seen) => {
        const made = () => {
          const known = new Map<string, ObservedInstance | null>();
          const observations = { seen: (scope: string, id: InstanceId) => known.get(`${scope} ${id}`) };
          const owners = new Map([[instance(1), bindingKey('shop', 'd')]]);
          const index = new ClaimIndex({ owners, observations });
          index.update(changesOf(first));
          const read = (at: string) => {
            for (const { account, n, found, moment } of seen) {
              if (moment !== at) continue;
              const id = instance(n);
              known.set(`${account}@ap-guangzhou ${id}`, found ? observed(id) : null);
              index.observed(id);
            }
          };
          return { index, read };
        };
        const claims = ({ index }: ReturnType<typeof made>) =>
          [1, 2, 3, 4].map((n) =>
            index.claimsOn(instance(n)).map(({ owner, contenders, holds }) => ({
              owner: `${owner.key} ${owner.scope.account}`,
              contenders: contenders.map(({ key }) => key),
              holds,
            })),
          );
        const changes = [...removed(first), ...changesOf(second)];
        const whole = made();
        whole.read('before');
        whole.read('staged');
        const before = claims(whole);
        whole.index.update(changes);
        whole.read('committed');
        whole.read('after');
        const steps = made();
        steps.read('before');
        const staged = allAtOnce(steps.index.stage(changes));
        steps.read('staged');
        expect(claims(steps)).toEqual(before);
        const reported = steps.index.commit(staged);
        for (const [id, earlier] of reported) {
          const n = Number(id.slice(-1));
          expect(earlier.map(({ owner, holds }) => [`${owner.key} ${owner.scope.account}`, holds])).toEqual(
            before[n - 1]?.map(({ owner, holds }) => [owner, holds]),
          );
        }
        steps.read('committed');
        allAtOnce(steps.index.place());
        steps.read('after');
        expect(claims(steps)).toEqual(claims(whole));
        expect([...steps.index.claims()].length).toBe([...whole.index.claims()].length);
      }),
    );
  });

  it('looks again in steps at what thousands of reads told meanwhile', () => {
    const numbers = Array.from({ length: 6_000 }, (_, n) => n + 1);
    const reads = new Map<string, ObservedInstance | null>();
    const index = reading(reads);
    const steps = index.stage(put(binding('a', numbers)));
    const read = new Set<number>();
    let step = steps.next();
    for (; !step.done; step = steps.next()) {
      // Between two steps some more are read.
      for (const n of numbers.slice(read.size, read.size + 600)) {
        reads.set(`default@ap-guangzhou ${instance(n)}`, observed(instance(n)));
        index.observed(instance(n));
        read.add(n);
      }
    }
    expect(read.size).toBeGreaterThan(2_000);
    expect(step.value.readSince.size, 'few are left for the moment at which it counts').toBeLessThan(700);
    index.commit(step.value);
    allAtOnce(index.place());
    for (const n of numbers) expect(index.holder(instance(n)) !== undefined).toBe(read.has(n));
  });
});
