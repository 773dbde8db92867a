import { describe, expect, it } from 'vitest';
import { all, digestIn, PERIOD_MS, POLICY, written } from '../../../test/faults/guarded-world.ts';
import { groups, ins, SmallWorld } from '../../../test/faults/small-world.ts';
import { bindingKey, type InstanceId } from '../../api/ids.ts';
import type { Binding } from '../../core/model.ts';
import type { BlastRadius, Tenant } from '../../core/policy.ts';
import { NO_DELETIONS, NO_MEMORY, type Source } from '../../ports/source.ts';

const TENANTS: readonly Tenant[] = [
  { name: 'shop', paths: ['teams/shop/'], instances: { tags: { team: 'shop' } } },
  { name: 'data', paths: ['teams/data/'], instances: { tags: { team: 'data' } } },
];

/** A source that remembers what the process before has changed, and did not live to tell. */
function remembering(reported: number, unreported: readonly InstanceId[]): Source {
  return {
    name: 'memory',
    synced: true,
    problem: undefined,
    isUnselected: () => false,
    deleting: () => NO_DELETIONS,
    approvals: () => [],
    broughtIn: () => undefined,
    get: () => undefined,
    keys: () => [],
    run: (listener) => {
      listener.changed(new Set());
      return new Promise(() => {});
    },
    memory: {
      ...NO_MEMORY,
      changes: (_, sinceMs) =>
        Array.from({ length: reported }, (_, n) => ({
          id: `gone-${n}`,
          declarer: { namespace: 'shop', origin: of('shop', 'web', 'r1').origin as Binding['origin'] },
          atMs: sinceMs + 60_000,
        })),
      wasChanged: (_, id) => unreported.includes(id),
    },
  };
}

/** Sixty instances, of which the last ten are the data team's; five may change in ten minutes. */
function world(radius: Partial<BlastRadius> = {}, otherSource?: Source): SmallWorld {
  return new SmallWorld({
    ...(otherSource === undefined ? {} : { otherSource }),
    instances: 60,
    tags: (n) => ({ team: n < 50 ? 'shop' : 'data' }),
    settings: {
      policy: {
        ...POLICY,
        tenants: TENANTS,
        blastRadius: { ...POLICY.blastRadius, share: 0, ...radius },
      },
    },
  });
}

function of(team: string, name: string, revision: string, over: Partial<Binding> = {}): Partial<Binding> {
  return {
    key: bindingKey(team, name),
    namespace: team,
    origin: { kind: 'directory', file: `teams/${team}/${name}.yaml`, line: 1, column: 1, revision },
    ...over,
  };
}

const message = (one: SmallWorld, key: string, n: number) =>
  one.controller.status(key as never, ins(n)).message;

describe('the budget of a tenant', () => {
  it('is not used up by the flood of another in the same revision', async () => {
    const one = world();
    one.source.beginReading();
    one.declare('web', all(50), 'b a', of('shop', 'web', 'r1'));
    one.declare('v', all(5, 50), 'b a', of('data', 'v', 'r1'));
    one.source.endReading();
    await one.clock.advance(10_000);
    expect(written(one)).toEqual(new Set(all(5, 50)));
    expect(message(one, 'shop/web', 0)).toContain('50 of 50 instances of tenant "shop" in ap-guangzhou');
  });

  it('is not used up by the changes of another that fit', async () => {
    const one = world();
    one.declare('web', all(5), 'b a', of('shop', 'web', 'r1'));
    await one.clock.advance(5_000);
    one.declare('v', all(5, 50), 'b a', of('data', 'v', 'r2'));
    await one.clock.advance(5_000);
    expect(written(one).size).toBe(10);
  });

  it('is not used up by the drift of another', async () => {
    const one = world();
    one.declare('web', all(50), 'a b', of('shop', 'web', 'r1'));
    one.declare('v', all(5, 50), 'a b', of('data', 'v', 'r1'));
    await one.clock.advance(10_000);
    for (const id of [...all(30), ins(50)]) one.simulator.state.setList(id, groups('c'));
    await one.clock.advance(70_000);
    expect(written(one)).toEqual(new Set([ins(50)]));
  });

  it('counts neither instances that nobody found, nor observed, suspended or refused ones', async () => {
    const one = world({ share: 0.1, count: 2 });
    const phantoms = Array.from({ length: 600 }, (_, n) => ins(1_000 + n));
    one.declare('phantoms', phantoms, 'a b', of('shop', 'phantoms', 'r1', { mode: 'Observe' }));
    one.declare('invented', phantoms, 'a b', of('shop', 'invented', 'r1'));
    one.declare('watched', all(20, 10), 'a b', of('shop', 'watched', 'r1', { mode: 'Observe' }));
    one.declare('paused', all(10, 30), 'a b', of('shop', 'paused', 'r1', { suspend: true }));
    one.declare('foreign', all(10, 50), 'a b', of('shop', 'foreign', 'r1'));
    await one.clock.advance(10_000);
    one.declare('web', all(3), 'b a', of('shop', 'web', 'r2'));
    await one.clock.advance(60_000);
    expect(written(one)).toEqual(new Set());
    expect(message(one, 'shop/web', 0)).toContain('3 of 3 instances of tenant "shop"');
  });

  it('is a digest of its own: approving it approves nobody else', async () => {
    const one = world();
    one.declare('web', all(20), 'b a', of('shop', 'web', 'r1'));
    one.declare('v', all(6, 50), 'b a', of('data', 'v', 'r1'));
    await one.clock.advance(10_000);
    const [shop, data] = [digestIn(message(one, 'shop/web', 0)), digestIn(message(one, 'data/v', 50))];
    expect(shop).not.toBe(data);
    one.source.approve({ digest: shop, by: 'alice', at: new Date(one.clock.wall()).toISOString() });
    await one.clock.advance(10_000);
    expect(written(one)).toEqual(new Set(all(20)));
  });

  it('is still used after a restart, also by a binding that is gone', async () => {
    const one = world();
    one.declare('web', all(5), 'b a', of('shop', 'web', 'r1'));
    await one.clock.advance(5_000);
    one.source.remove(bindingKey('shop', 'web'));
    await one.stop();
    one.start();
    one.declare('more', all(5, 10), 'b a', of('shop', 'more', 'r2'));
    one.declare('v', all(5, 50), 'b a', of('data', 'v', 'r2'));
    await one.clock.advance(60_000);
    expect(written(one)).toEqual(new Set([...all(5), ...all(5, 50)]));
  });

  it.each(['in one process', 'after a restart'])(
    'is still used by an instance that another tenant has changed since, %s',
    async (when) => {
      const one = world();
      one.declare('web', all(5), 'b a', of('shop', 'web', 'r1'));
      await one.clock.advance(5_000);
      for (const id of all(3)) one.simulator.state.patch(id, { tags: { team: 'data' } });
      one.declare('web', all(2, 3), 'b a', of('shop', 'web', 'r2'));
      one.declare('v', all(3), 'c', of('data', 'v', 'r2'));
      await one.clock.advance(5_000);
      expect([one.list(0), one.list(3)]).toEqual(['c', 'b a']);
      if (when === 'after a restart') {
        await one.stop();
        one.start();
      }
      one.declare('more', all(3, 10), 'b a', of('shop', 'more', 'r3'));
      one.declare('w', all(3, 50), 'b a', of('data', 'w', 'r4'));
      await one.clock.advance(60_000);
      expect(written(one)).toEqual(new Set(all(5)));
      await one.clock.advance(PERIOD_MS);
      expect(written(one)).toEqual(new Set([...all(5), ...all(3, 10), ...all(3, 50)]));
    },
  );

  it('is a part of what all tenants may together, which no other tenant can use', async () => {
    const one = world({ total: { share: 0, count: 6 } });
    one.declare('v', all(3, 50), 'a b', of('data', 'v', 'r0'));
    await one.clock.advance(5_000);
    one.declare('web', all(3), 'b a', of('shop', 'web', 'r1'));
    await one.clock.advance(5_000);
    one.declare('too-many', all(2, 10), 'b a', of('shop', 'too-many', 'r2'));
    await one.clock.advance(5_000);
    one.declare('v', all(3, 50), 'b a', of('data', 'v', 'r3'));
    await one.clock.advance(5_000);
    expect(written(one)).toEqual(new Set([...all(3), ...all(3, 50)]));
  });
});

describe('what is deferred', () => {
  async function deferred() {
    const one = world();
    one.declare('web', all(4), 'b a', of('shop', 'web', 'r1'));
    await one.clock.advance(5_000);
    one.declare('more', all(3, 10), 'b a', of('shop', 'more', 'r2'));
    await one.clock.advance(5_000);
    return one;
  }

  it('can be approved like what is refused', async () => {
    const one = await deferred();
    const said = message(one, 'shop/more', 10);
    expect(said).toContain(`cvmsg approve ${digestIn(said)}`);
    one.source.approve({ digest: digestIn(said), by: 'alice', at: new Date(one.clock.wall()).toISOString() });
    await one.clock.advance(5_000);
    expect(written(one)).toEqual(new Set([...all(4), ...all(3, 10)]));
  });

  it('goes on by itself when its time has come', async () => {
    const one = await deferred();
    await one.clock.advance(PERIOD_MS);
    expect(written(one).size).toBe(7);
  });
});

it('a refused set is cut anew when it changes: its digest is that of what is left', async () => {
  const one = world();
  one.declare('web', all(20), 'b a', of('shop', 'web', 'r1'));
  await one.clock.advance(10_000);
  const before = digestIn(message(one, 'shop/web', 0));
  for (const id of all(4)) one.simulator.state.setList(id, groups('b a'));
  await one.clock.advance(70_000);
  const said = message(one, 'shop/web', 10);
  expect(said).toContain('16 of 20 instances');
  expect(digestIn(said)).not.toBe(before);
});

describe('another replica that takes over', () => {
  it('counts what the one before has told of in the statuses', async () => {
    const one = world({}, remembering(4, []));
    one.declare('web', all(2), 'b a', of('shop', 'web', 'r2'));
    one.declare('v', all(5, 50), 'b a', of('data', 'v', 'r2'));
    await one.clock.advance(60_000);
    expect(written(one)).toEqual(new Set(all(5, 50)));
    await one.clock.advance(PERIOD_MS);
    expect(written(one).size).toBe(7);
  });

  it('counts what the one before has changed and did not live to tell', async () => {
    const one = world({}, remembering(0, all(3)));
    one.declare('calm', all(3), 'a b', of('shop', 'calm', 'r1'));
    await one.clock.advance(5_000);
    one.declare('web', all(3, 10), 'b a', of('shop', 'web', 'r2'));
    await one.clock.advance(60_000);
    expect(written(one)).toEqual(new Set());
    expect(message(one, 'shop/web', 10)).toContain('waits until');
  });
});
