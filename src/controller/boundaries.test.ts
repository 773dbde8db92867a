import { describe, expect, it } from 'vitest';
import { all } from '../../test/faults/guarded-world.ts';
import { groups, ins, OTHER_REGION, REGION, SmallWorld } from '../../test/faults/small-world.ts';
import { type BindingKey, bindingKey } from '../api/ids.ts';
import type { Binding } from '../core/model.ts';
import { OPEN_POLICY, type Tenant } from '../core/policy.ts';

/** Two teams by folder; of the instances the even ones are the shop's. */
const TENANTS: readonly Tenant[] = [
  { name: 'shop', paths: ['teams/shop/'], instances: { tags: { team: 'shop' } } },
  { name: 'data', paths: ['teams/data/'], instances: { tags: { team: 'data' } } },
];

function world(tenants: readonly Tenant[] = TENANTS): SmallWorld {
  return new SmallWorld({
    instances: 8,
    otherRegion: 8,
    tags: (n) => ({ team: n % 2 === 0 ? 'shop' : 'data' }),
    settings: { policy: { ...OPEN_POLICY, tenants } },
  });
}

/** A binding of a team, whose namespace sorts it: the first of two that claim one instance would win it. */
function of(team: string, namespace: string, name: string, over: Partial<Binding> = {}): Partial<Binding> {
  return {
    key: bindingKey(namespace, name),
    namespace,
    origin: { kind: 'directory', file: `teams/${team}/${name}.yaml`, line: 1, column: 1, revision: 'r1' },
    ...over,
  };
}

/** The nth instance has another team's tag. */
function retag(one: SmallWorld, n: number, list: string, team: string): void {
  one.simulator.state.removeInstance(ins(n));
  one.simulator.state.addInstance(REGION, {
    instanceId: ins(n),
    securityGroupIds: groups(list),
    tags: { team },
  });
}

const conditions = (one: SmallWorld, key: BindingKey) =>
  (one.published.get(key)?.conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`);
const SQUAT = bindingKey('aaa', 'squat');
const VICTIM = bindingKey('data', 'v');

const HOLDS: readonly (readonly [string, Partial<Binding>])[] = [
  ['enforced', {}],
  ['observed only', { mode: 'Observe' }],
  ['suspended', { suspend: true }],
  ['of an invalid document', { invalid: 'squat.yaml:1:1: broken' }],
  ['of an invalid document that owns only', { invalid: 'squat.yaml:1:1: broken', inForce: 'ownership' }],
];

describe('a claim that tenancy refuses', () => {
  it.each(HOLDS)(
    'never owns, when it is %s: the instance is written for whoever may name it',
    async (_, over) => {
      const one = world();
      one.declare('squat', [ins(1), ins(3)], 'c', of('shop', 'aaa', 'squat', over));
      await one.clock.advance(5_000);
      one.declare('v', all(4), 'b a', of('data', 'data', 'v', { instanceIds: [ins(1), ins(3), ins(5)] }));
      await one.clock.advance(10_000);
      expect([1, 3, 5].map((n) => one.list(n))).toEqual(['b a', 'b a', 'b a']);
      expect(conditions(one, VICTIM)).toEqual(['Ready=True InSync']);
      const squat = conditions(one, SQUAT);
      expect(squat).toContain('Ready=False NotAllowed');
      expect(squat.join()).not.toContain('Conflicted');
    },
  );

  it('tells nothing of the instance: neither its list, nor its name, nor its groups', async () => {
    const one = world();
    one.declare('squat', [ins(1)], 'a', of('shop', 'aaa', 'squat', { mode: 'Observe' }));
    await one.clock.advance(70_000);
    const [status] = one.published.get(SQUAT)?.instances ?? [];
    expect(status).toMatchObject({ state: 'Refused', reason: 'NotAllowed' });
    expect(status?.sgIds).toBeUndefined();
    expect(one.publications.join('')).not.toMatch(/web-1|sg-bbbbbbbb/);
  });

  it('never cancels a restoration', async () => {
    const one = world();
    one.declare('v', [ins(1)], 'b a', of('data', 'data', 'v', { deletionPolicy: 'Restore' }));
    await one.clock.advance(5_000);
    one.declare('squat', [ins(1)], 'c', of('shop', 'aaa', 'squat'));
    await one.clock.advance(5_000);
    one.source.remove(VICTIM);
    await one.clock.advance(10_000);
    expect(one.list(1)).toBe('a b');
  });

  it('is a claim as soon as the tags are those of its tenant', async () => {
    const one = world();
    one.declare('squat', [ins(1)], 'c', of('shop', 'aaa', 'squat'));
    await one.clock.advance(10_000);
    expect(conditions(one, SQUAT)).toContain('Ready=False NotAllowed');
    retag(one, 1, 'a b', 'shop');
    await one.clock.advance(130_000);
    expect(conditions(one, SQUAT)).toEqual(['Ready=True InSync']);
    expect(one.list(1)).toBe('c');
  });

  it('hands the instance to its new tenant when its tags change', async () => {
    const one = world();
    one.declare('w', [ins(0)], 'b a', of('shop', 'shop', 'w'));
    one.declare('v', [ins(0)], 'c', of('data', 'data', 'v'));
    await one.clock.advance(10_000);
    expect([one.list(0), ...conditions(one, VICTIM)]).toContain('b a');
    retag(one, 0, 'b a', 'data');
    await one.clock.advance(130_000);
    expect(one.list(0)).toBe('c');
    expect(conditions(one, bindingKey('shop', 'w'))).toContain('Ready=False NotAllowed');
  });
});

describe('a claim on an instance that was not found', () => {
  it('in another region makes nobody conflicted, and takes over nothing when the owner is renamed', async () => {
    const one = world([]);
    const elsewhere = { scope: { account: 'default', region: OTHER_REGION } };
    one.declare(
      'squat',
      [ins(0), ins(1)],
      'a',
      of('shop', 'aaa', 'squat', { ...elsewhere, mode: 'Observe' }),
    );
    one.declare('v', [ins(0), ins(1), ins(2)], 'b a', of('data', 'data', 'v'));
    await one.clock.advance(10_000);
    expect(conditions(one, VICTIM)).toEqual(['Ready=True InSync']);
    expect(conditions(one, SQUAT)).toEqual(['Ready=False NotFound', 'Stalled=True NotFound']);
    one.source.remove(VICTIM);
    one.declare('w', [ins(0), ins(1), ins(2)], 'c', of('data', 'data', 'w'));
    await one.clock.advance(10_000);
    expect([0, 1, 2].map((n) => one.list(n))).toEqual(['c', 'c', 'c']);
    expect(conditions(one, bindingKey('data', 'w'))).toEqual(['Ready=True InSync']);
  });

  it('never cancels a restoration', async () => {
    const one = world([]);
    one.declare('v', [ins(1)], 'b a', of('data', 'data', 'v', { deletionPolicy: 'Restore' }));
    await one.clock.advance(5_000);
    one.declare(
      'squat',
      [ins(1)],
      'c',
      of('shop', 'aaa', 'squat', { scope: { account: 'default', region: OTHER_REGION } }),
    );
    await one.clock.advance(5_000);
    one.source.remove(VICTIM);
    await one.clock.advance(10_000);
    expect(one.list(1)).toBe('a b');
  });
});

describe('a binding that asks through an account which never answers', () => {
  const GHOST = { scope: { account: 'ghost', region: REGION } };

  it('does not keep what it had through another one', async () => {
    const one = world();
    one.declare('x', [ins(0)], 'b', of('shop', 'aaa', 'x'));
    await one.clock.advance(10_000);
    one.declare('x', [ins(0)], 'b', of('shop', 'aaa', 'x', GHOST));
    await one.clock.advance(10_000);
    retag(one, 0, 'a b', 'data');
    one.declare('v', [ins(0)], 'b a', of('data', 'data', 'v'));
    await one.clock.advance(130_000);
    expect([one.list(0), ...conditions(one, VICTIM)]).toEqual(['b a', 'Ready=True InSync']);
    await one.stop();
    one.start();
    await one.clock.advance(10_000);
    expect(conditions(one, VICTIM)).toEqual(['Ready=True InSync']);
  });

  it('does not inherit what another tenant had under its name', async () => {
    const one = world();
    one.declare('v', [ins(1)], 'b a', of('data', 'data', 'v'));
    await one.clock.advance(10_000);
    one.declare('v', [ins(1)], 'c', { ...of('shop', 'data', 'v', GHOST) });
    one.declare('w', [ins(1)], 'c', of('data', 'data', 'w'));
    await one.clock.advance(10_000);
    expect([one.list(1), ...conditions(one, bindingKey('data', 'w'))]).toEqual(['c', 'Ready=True InSync']);
  });
});

describe('a binding of another tenant with the name of one that is gone', () => {
  it.each([
    ['that', [1], 'Retain'],
    ['that', [1], 'Restore'],
    ['its own', [0], 'Retain'],
    ['its own', [0], 'Restore'],
  ] as const)(
    'lets its list be put back, when it names %s instance: %s, and says %s',
    async (_, ns, deletionPolicy) => {
      const one = world();
      one.declare('v', [ins(1)], 'c', of('data', 'data', 'v', { deletionPolicy: 'Restore' }));
      await one.clock.advance(10_000);
      expect(one.list(1)).toBe('c');
      one.declare('v', ns.map(ins), 'b', of('shop', 'data', 'v', { deletionPolicy }));
      await one.clock.advance(20_000);
      expect(one.list(1)).toBe('a b');
      expect(JSON.stringify(one.published.get(VICTIM) ?? {})).not.toContain('Restoring');
    },
  );
});

describe('an owner', () => {
  it('keeps its instance over a restart, though another claimant sorts before it', async () => {
    const one = world([]);
    one.declare('v', [ins(1)], 'b a', of('data', 'data', 'v'));
    await one.clock.advance(5_000);
    one.declare('squat', [ins(1)], 'c', of('shop', 'aaa', 'squat'));
    await one.clock.advance(5_000);
    await one.stop();
    one.start();
    await one.clock.advance(10_000);
    expect(one.list(1)).toBe('b a');
    expect(conditions(one, SQUAT)).toContain('Conflicted=True Conflicted');
  });

  it.each([
    ['while no process runs', 'Restore'],
    ['while no process runs', 'Retain'],
    ['while one runs', 'Restore'],
    ['while one runs', 'Retain'],
  ] as const)('hands on the original list %s, and says %s from then on', async (when, deletionPolicy) => {
    const one = world([]);
    one.declare('v', [ins(1)], 'b a', of('data', 'data', 'v', { deletionPolicy: 'Restore' }));
    await one.clock.advance(5_000);
    if (when === 'while no process runs') await one.stop();
    const written: (readonly string[])[] = [];
    one.simulator.state.onChange(({ after }) => written.push(after));
    const next = of('data', 'data', 'next', { deletionPolicy: 'Restore' });
    one.declare('next', [ins(1)], 'c', next);
    one.declare('v', [ins(3)], 'a b', of('data', 'data', 'v', { deletionPolicy }));
    if (when === 'while no process runs') one.start();
    await one.clock.advance(10_000);
    one.source.remove(bindingKey('data', 'next'));
    await one.clock.advance(10_000);
    expect(written).toEqual([groups('c'), groups('a b')]);
  });
});

describe('a selector', () => {
  it('takes only the members that its tenant may name, and tells how many others there are', async () => {
    const one = world();
    const wide = { selector: { namePattern: 'web-*', excluded: [] }, instanceIds: [] };
    one.declare('w', [], 'b a', of('shop', 'shop', 'w', wide));
    await one.clock.advance(10_000);
    expect([0, 1, 2, 3].map((n) => one.list(n))).toEqual(['b a', 'a b', 'b a', 'a b']);
    const status = one.published.get(bindingKey('shop', 'w'));
    expect(status?.instances.map(({ instanceId }) => instanceId)).toEqual([0, 2, 4, 6].map(ins));
    expect(status?.conditions[0]).toMatchObject({ status: 'True', reason: 'InSync' });
    expect(status?.conditions[0]?.message).toContain('4 more fit the selector');
  });

  it('of nobody that the policy knows is refused, and lists nothing', async () => {
    const one = world();
    const spy = { selector: { namePattern: '*a*', excluded: [] }, instanceIds: [], mode: 'Observe' } as const;
    one.declare('spy', [], 'a', {
      ...of('shop', 'evil', 'spy', spy),
      origin: { kind: 'directory', file: 'spy.yaml', line: 1, column: 1, revision: 'r1' },
    });
    await one.clock.advance(10_000);
    expect(conditions(one, bindingKey('evil', 'spy'))).toEqual([
      'Ready=False NotAllowed',
      'Stalled=True NotAllowed',
    ]);
    expect(one.simulator.calls.entries().filter(({ action }) => action === 'DescribeInstances')).toEqual([]);
  });

  it('that fits nothing but what others have says so, and is not ready', async () => {
    const one = world();
    const spy = { selector: { tags: { team: 'data' }, excluded: [] }, instanceIds: [] };
    one.declare('spy', [], 'a', of('shop', 'shop', 'spy', spy));
    await one.clock.advance(10_000);
    const status = one.published.get(bindingKey('shop', 'spy'));
    expect(status?.conditions[0]).toMatchObject({ status: 'False', reason: 'NotAllowed' });
    expect(status?.instances).toEqual([]);
    expect(one.publications.join('')).not.toMatch(/ins-0000000|web-/);
  });
});
