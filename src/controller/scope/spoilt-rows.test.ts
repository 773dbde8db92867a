import { describe, expect, it } from 'vitest';
import { ins, SmallWorld } from '../../../test/faults/small-world.ts';
import { bindingKey } from '../../api/ids.ts';

type Row = Record<string, unknown>;

/** A world whose cloud spoils the rows of instance 3 in every answer, as long as it is told to. */
function spoiling(spoil: (row: Row) => unknown, instances = 20) {
  const switched = { on: true };
  const world = new SmallWorld({
    instances,
    api: 'v3',
    tags: () => ({ app: 'web' }),
    spoil: (body) => {
      const json = JSON.parse(body);
      const rows: Row[] | undefined = json.Response?.InstanceSet;
      if (!switched.on || rows === undefined) return body;
      json.Response.InstanceSet = rows.map((row) => (row.InstanceId === ins(3) ? spoil(row) : row));
      return JSON.stringify(json);
    },
  });
  return { world, switched };
}

const KINDS = [
  { spoil: (row: Row) => ({ ...row, SecurityGroupIds: null }), reason: 'no groups' },
  { spoil: (row: Row) => ({ ...row, InstanceId: undefined }), reason: 'no id' },
  { spoil: (row: Row) => ({ ...row, InstanceState: 7 }), reason: 'a state that is a number' },
  { spoil: (row: Row) => ({ ...row, Tags: 'app' }), reason: 'tags that are a text' },
  { spoil: () => null, reason: 'no row at all' },
];

const all = Array.from({ length: 20 }, (_, n) => ins(n));
const others = all.filter((id) => id !== ins(3));

describe('an item of a reply that cannot be used', () => {
  it.each(KINDS)(
    'is one instance that is not read, by name; every other is served: $reason',
    async (kind) => {
      const { world, switched } = spoiling(kind.spoil);
      world.declare('web', all, 'b a');
      await world.clock.advance(60_000);
      expect(
        others.map((id) => world.list(Number(id.slice(4)))),
        kind.reason,
      ).toEqual(others.map(() => 'b a'));
      expect(world.list(3), kind.reason).toBe('a b');
      expect(world.status('web', 3)).toMatchObject({ state: 'Retrying', reason: 'CloudError' });
      expect(world.status('web', 3).message, kind.reason).toMatch(/malformed|valid|no object/);
      expect(world.conditions('web')).toContain('Reconciling=True ProgressingWithRetry');
      switched.on = false;
      await world.clock.advance(130_000);
      expect(world.conditions('web'), kind.reason).toEqual(['Ready=True InSync']);
    },
  );

  it.each(KINDS)('is never taken for an instance that is gone: $reason', async ({ spoil, reason }) => {
    const { world, switched } = spoiling(spoil);
    switched.on = false;
    world.declare('web', all, 'b a');
    await world.clock.advance(10_000);
    switched.on = true;
    await world.clock.advance(400_000);
    expect(world.status('web', 3), reason).toMatchObject({ state: 'Retrying', reason: 'CloudError' });
    expect(world.status('web', 4).state, reason).toBe('InSync');
  });

  it.each(KINDS)(
    'takes no member of a selector away, and keeps no other out: $reason',
    async ({ spoil, reason }) => {
      const { world, switched } = spoiling(spoil);
      const key = bindingKey('shop', 'web');
      switched.on = false;
      world.declare('web', [], 'b a', { selector: { tags: { app: 'web' }, excluded: [] } });
      await world.clock.advance(60_000);
      expect(world.conditions('web'), reason).toEqual(['Ready=True InSync']);
      switched.on = true;
      world.simulator.state.addInstance('ap-guangzhou', {
        instanceId: ins(30),
        securityGroupIds: ['sg-aaaaaaaa'],
        tags: { app: 'web' },
      });
      await world.clock.advance(150_000);
      expect(world.controller.claims.bindings.get(key)?.instanceIds, reason).toEqual([...all, ins(30)]);
      expect(world.list(30), reason).toBe('b a');
    },
  );

  it('lets a selector list from the start', async () => {
    const { world } = spoiling((row) => ({ ...row, SecurityGroupIds: null }));
    world.declare('web', [], 'b a', { selector: { tags: { app: 'web' }, excluded: [] } });
    await world.clock.advance(60_000);
    expect(others.every((id) => world.list(Number(id.slice(4))) === 'b a')).toBe(true);
    expect(world.status('web', 3)).toMatchObject({ state: 'Retrying', reason: 'CloudError' });
  });
});
