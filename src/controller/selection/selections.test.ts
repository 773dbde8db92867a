import { describe, expect, it } from 'vitest';
import { groups, ins, REGION, SmallWorld, type SmallWorldOptions } from '../../../test/faults/small-world.ts';
import { OPEN_POLICY } from '../../core/policy.ts';
import { fleetEntry, type SimulatedInstance } from '../../simulator/instance.ts';

const ONE_SWEEP_MS = 70_000;
const POLICY = { ...OPEN_POLICY, blastRadius: { share: 0.1, count: 5, periodMs: 600_000 } };
const WEB = { selector: { tags: { app: 'web' }, excluded: [] } };

function world(over: Partial<SmallWorldOptions> = {}): SmallWorld {
  return new SmallWorld({ tags: (n) => ({ app: n < 4 ? 'web' : 'db' }), ...over });
}

const members = (one: SmallWorld, name: string) =>
  (one.published.get(`shop/${name}` as never)?.instances ?? []).map(({ instanceId }) => instanceId);
const listings = (one: SmallWorld) =>
  one.simulator.calls
    .entries()
    .filter((call) => call.action === 'DescribeInstances' && call.instanceIds.length === 0);
const retag = (one: SmallWorld, n: number, app: string) =>
  one.simulator.state.patch(ins(n), { tags: { app } });

describe('a selector', () => {
  it.each([
    { reason: 'tags', selector: { tags: { app: 'web' } }, fits: [0, 1, 2, 3] },
    {
      reason: 'a name pattern',
      selector: { namePattern: 'web-1?' },
      fits: [10, 11, 12, 13, 14, 15, 16, 17, 18, 19],
    },
    { reason: 'both', selector: { tags: { app: 'web' }, namePattern: '*-2' }, fits: [2] },
  ])('takes the instances that fit its $reason, and no other', async ({ selector, fits }) => {
    const one = world();
    one.declare('web', [], 'b a', { selector: { ...selector, excluded: [] } });
    await one.clock.advance(10_000);
    expect(one.conditions('web')).toEqual(['Ready=True InSync']);
    const changed = [...Array(20).keys()].filter((n) => one.list(n) === 'b a');
    expect(changed).toEqual(fits);
  });

  it('leaves out what it excludes', async () => {
    const one = world();
    one.declare('web', [], 'b a', { selector: { tags: { app: 'web' }, excluded: [ins(2)] } });
    await one.clock.advance(10_000);
    expect(members(one, 'web')).toEqual([ins(0), ins(1), ins(3)]);
    expect(one.list(2)).toBe('a b');
  });

  it('has an instance join within one sweep, and another leave with the list that it has', async () => {
    const one = world();
    one.declare('web', [], 'b a', WEB);
    await one.clock.advance(10_000);
    retag(one, 7, 'web');
    retag(one, 0, 'db');
    await one.clock.advance(ONE_SWEEP_MS);
    expect(members(one, 'web')).toEqual([ins(1), ins(2), ins(3), ins(7)]);
    expect(one.list(7)).toBe('b a');
    one.simulator.state.setList(ins(0), groups('c'));
    await one.clock.advance(ONE_SWEEP_MS);
    expect(one.list(0)).toBe('c');
  });

  it('restores an instance that leaves, when that is the policy', async () => {
    const one = world();
    one.declare('web', [], 'b a', { ...WEB, deletionPolicy: 'Restore' });
    await one.clock.advance(10_000);
    retag(one, 0, 'db');
    await one.clock.advance(ONE_SWEEP_MS + 10_000);
    expect(one.list(0)).toBe('a b');
    expect(one.list(1)).toBe('b a');
  });

  it('takes a new instance in', async () => {
    const one = world();
    one.declare('web', [], 'b a', WEB);
    await one.clock.advance(10_000);
    one.simulator.state.addInstance(REGION, {
      ...fleetEntry(one.simulator.state.instance(ins(0)) as SimulatedInstance),
      instanceId: ins(50),
      securityGroupIds: groups('a b'),
    });
    await one.clock.advance(ONE_SWEEP_MS);
    expect(one.list(50)).toBe('b a');
  });

  it('shares one listing with every binding that asks for the same', async () => {
    const one = world({ instances: 250 });
    one.declare('odd', [], 'b a', { selector: { namePattern: 'web-1', excluded: [] } });
    one.declare('even', [], 'b a', { selector: { namePattern: 'web-2', excluded: [] } });
    await one.clock.advance(10_000);
    expect(one.conditions('odd')).toEqual(['Ready=True InSync']);
    expect(one.conditions('even')).toEqual(['Ready=True InSync']);
    // Three pages, once more for the second that came while the first was read.
    expect(listings(one).length).toBeLessThanOrEqual(6);
  });

  it('says that it fits nothing, which is no failure from the start', async () => {
    const one = world();
    one.declare('web', [], 'b a', { selector: { tags: { app: 'none' }, excluded: [] } });
    await one.clock.advance(10_000);
    expect(one.conditions('web')).toEqual(['Ready=True InSync']);
  });

  it('that suddenly fits nothing is not obeyed', async () => {
    const one = world();
    one.declare('web', [], 'b a', WEB);
    await one.clock.advance(10_000);
    for (let n = 0; n < 4; n++) retag(one, n, 'gone');
    one.simulator.state.setList(ins(1), groups('c'));
    await one.clock.advance(2 * ONE_SWEEP_MS);
    expect(one.conditions('web')).toContain('Ready=False SelectionRefused');
    expect(one.conditions('web')).toContain('Stalled=True SelectionRefused');
    expect(one.list(1)).toBe('b a');
  });

  it('that suddenly fits far more is not obeyed before somebody approves it', async () => {
    const one = world({ settings: { policy: POLICY } });
    one.declare('web', [], 'a b', WEB);
    await one.clock.advance(10_000);
    for (let n = 4; n < 20; n++) retag(one, n, 'web');
    await one.clock.advance(2 * ONE_SWEEP_MS);
    expect(members(one, 'web').length).toBe(4);
    const ready = one.published.get('shop/web' as never)?.conditions[0];
    expect(ready).toMatchObject({ reason: 'SelectionRefused' });
    expect(ready?.message).toContain('16 would join');
    const digest = /sha256:[0-9a-f]{64}/.exec(ready?.message ?? '')?.[0] ?? '';
    one.source.approve({ digest, by: 'alice', at: '2026-01-01T00:00:00Z' });
    await one.clock.advance(10_000);
    expect(members(one, 'web').length).toBe(20);
    expect(one.conditions('web')).toEqual(['Ready=True InSync']);
  });

  it.each([
    { now: 'fits nothing', apps: 0, text: 'none of the 12 instances from before' },
    { now: 'fits far more', apps: 20, text: '8 would join and 0 would leave' },
    { now: 'fits far fewer', apps: 6, text: '0 would join and 6 would leave' },
  ])(
    'that suddenly $now is not obeyed by a new process, which can name only some of the members from before',
    async ({ apps, text }) => {
      const one = world({ tags: (n) => ({ app: n < apps ? 'web' : 'db' }), settings: { policy: POLICY } });
      Object.assign(one.source.memory, { members: () => ({ ids: [ins(0), ins(1)], unnamed: 10 }) });
      one.declare('web', [], 'b a', WEB);
      await one.clock.advance(ONE_SWEEP_MS);
      const status = one.published.get('shop/web' as never);
      expect(status?.conditions[0]).toMatchObject({ reason: 'SelectionRefused' });
      expect(status?.conditions[0]?.message).toContain(text);
      expect([members(one, 'web'), status?.instanceCount]).toEqual([[ins(0), ins(1)], 12]);
    },
  );

  it('is obeyed by a new process when about as many fit as before, although only some can be named', async () => {
    const one = world({ tags: (n) => ({ app: n < 13 ? 'web' : 'db' }), settings: { policy: POLICY } });
    Object.assign(one.source.memory, { members: () => ({ ids: [ins(0), ins(1)], unnamed: 10 }) });
    one.declare('web', [], 'a b', WEB);
    await one.clock.advance(ONE_SWEEP_MS);
    expect(members(one, 'web').length).toBe(13);
    expect(one.published.get('shop/web' as never)?.instanceCount).toBe(13);
  });

  it('keeps its members across a restart, and gives up none while listings fail', async () => {
    const one = world();
    one.declare('web', [], 'b a', { ...WEB, deletionPolicy: 'Restore' });
    await one.clock.advance(10_000);
    await one.stop();
    const fault = one.simulator.faults.add({
      kind: 'error',
      code: 'InternalError',
      action: 'DescribeInstances',
    });
    one.start();
    await one.clock.advance(ONE_SWEEP_MS);
    expect(members(one, 'web').length).toBe(4);
    one.simulator.faults.remove(fault.id);
    one.simulator.state.setList(ins(1), groups('c'));
    await one.clock.advance(3 * ONE_SWEEP_MS);
    expect(one.list(1)).toBe('b a');
    expect(one.conditions('web')).toEqual(['Ready=True InSync']);
  });

  it('says that the listing keeps changing, once in the log, and lists when it is quiet again', async () => {
    let total = 0;
    const one = world({
      api: 'v3',
      spoil: (body) => {
        const json = JSON.parse(body);
        if (json.Response?.InstanceSet?.length !== 100 || total < 0) return body;
        json.Response.TotalCount = 151 + (total++ % 7);
        return JSON.stringify(json);
      },
      instances: 150,
      tags: () => ({ app: 'web' }),
    });
    one.declare('web', [], 'b a', WEB);
    await one.clock.advance(60_000);
    const said = one.published.get('shop/web' as never)?.conditions[0];
    expect(said).toMatchObject({ type: 'Ready', status: 'False', reason: 'CloudError' });
    expect(said?.message).toContain('changed while it was read');
    expect(one.log.filter((line) => line.includes('changed while it was read'))).toHaveLength(1);
    total = -1;
    await one.clock.advance(60_000);
    expect(one.conditions('web')).toEqual(['Ready=True InSync']);
  });

  it('says why when the cloud refuses to list', async () => {
    const one = world();
    one.simulator.faults.add({ kind: 'error', code: 'UnauthorizedOperation', action: 'DescribeInstances' });
    one.declare('web', [], 'b a', WEB);
    await one.clock.advance(30_000);
    expect(one.conditions('web')[0]).toBe('Ready=False Denied');
    expect(one.conditions('web')[1]).toBe('Reconciling=True ProgressingWithRetry');
  });

  it('that is edited together with the groups writes them to nothing that only the old one fits', async () => {
    const one = world({ instances: 250 });
    one.declare('web', [], 'b a', WEB);
    await one.clock.advance(10_000);
    one.declare('web', [], 'c', { selector: { tags: { app: 'db' }, excluded: [] } });
    await one.clock.advance(20_000);
    expect([0, 1, 2, 3, 4].map((n) => one.list(n))).toEqual(['b a', 'b a', 'b a', 'b a', 'c']);
    expect(one.conditions('web')).toEqual(['Ready=True InSync']);
  });

  it('that was edited while no process ran writes nothing that it was not seen to fit, refused or not', async () => {
    const one = world({ instances: 250, settings: { policy: POLICY } });
    one.declare('web', [], 'b a', WEB);
    await one.clock.advance(10_000);
    await one.stop();
    one.declare('web', [], 'c', { selector: { tags: { app: 'db' }, excluded: [] } });
    one.start();
    await one.clock.advance(20_000);
    expect([0, 1, 2, 3].map((n) => one.list(n))).toEqual(['b a', 'b a', 'b a', 'b a']);
    expect(one.conditions('web')).toContain('Ready=False SelectionRefused');
  });

  it('may be edited: the new one counts at once', async () => {
    const one = world({ settings: { policy: POLICY } });
    one.declare('web', [], 'a b', WEB);
    await one.clock.advance(10_000);
    one.declare('web', [], 'a b', { selector: { tags: { app: 'db' }, excluded: [] } });
    await one.clock.advance(10_000);
    expect(members(one, 'web').length).toBe(16);
  });
});
