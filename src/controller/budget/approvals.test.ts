import { describe, expect, it } from 'vitest';
import { all, digestIn, guardedWorld } from '../../../test/faults/guarded-world.ts';
import { groups, ins } from '../../../test/faults/small-world.ts';

/** When these worlds begin. */
const NOW = '2026-01-01T00:00:00Z';

describe('an approval', () => {
  it('lets exactly the plan pass whose digest it names, and the journal tells who gave it', async () => {
    const one = guardedWorld();
    one.declare('web', all(20), 'b a');
    await one.clock.advance(10_000);
    const digest = digestIn(one.status('web', 0).message);
    one.source.approve({ digest, by: 'alice@ops', at: NOW });
    await one.clock.advance(10_000);
    expect(one.conditions('web')).toEqual(['Ready=True InSync']);
    const rows = one.database.prepare('SELECT DISTINCT authority FROM journal').all();
    expect(rows).toEqual([{ authority: `approved ${digest} by alice@ops at ${NOW}` }]);
  });

  it('does not cover a later, different plan', async () => {
    const one = guardedWorld();
    one.declare('web', all(20), 'b a');
    await one.clock.advance(10_000);
    const digest = digestIn(one.status('web', 0).message);
    one.simulator.state.setList(ins(3), groups('c'));
    await one.clock.advance(70_000);
    one.source.approve({ digest, by: '', at: NOW });
    await one.clock.advance(70_000);
    expect(one.writeCalls()).toEqual([]);
    expect(digestIn(one.status('web', 0).message)).not.toBe(digest);
  });

  it.each([
    { from: 'c d', to: 'a b', instead: 'b a', reason: 'the same groups in another order' },
    { from: 'c d', to: 'a b', instead: 'a', reason: 'fewer groups' },
    { from: 'c d', to: 'a b', instead: 'a b c', reason: 'one group more' },
  ])('for [$to] does not cover [$instead], which is declared before it is written: $reason', async (row) => {
    const one = guardedWorld();
    for (const id of all(20)) one.simulator.state.setList(id, groups(row.from));
    const fault = one.simulator.faults.add({ kind: 'throttle', action: 'ModifySecurityGroupsOfInstance' });
    one.declare('web', all(20), row.to);
    await one.clock.advance(10_000);
    one.source.approve({ digest: digestIn(one.status('web', 0).message), by: 'alice', at: NOW });
    await one.clock.advance(10_000);
    one.declare('web', all(20), row.instead);
    one.simulator.faults.remove(fault.id);
    await one.clock.advance(70_000);
    const lists = [...Array(20).keys()].map((n) => one.list(n));
    expect(lists.filter((list) => list !== row.from).length, row.reason).toBeLessThanOrEqual(5);
    const authorities = one.database.prepare('SELECT DISTINCT authority FROM journal WHERE after = ?');
    expect(authorities.all(groups(row.instead).join(' ')), row.reason).not.toContainEqual(
      expect.objectContaining({ authority: expect.stringContaining('approved') }),
    );
  });

  it('does not cover an instance that somebody changes before its write succeeds', async () => {
    const one = guardedWorld();
    const fault = one.simulator.faults.add({
      kind: 'throttle',
      action: 'ModifySecurityGroupsOfInstance',
    });
    one.declare('web', all(20), 'b a');
    await one.clock.advance(10_000);
    one.source.approve({ digest: digestIn(one.status('web', 0).message), by: '', at: NOW });
    await one.clock.advance(10_000);
    for (const id of all(10)) one.simulator.state.setList(id, groups('c'));
    await one.clock.advance(70_000);
    one.simulator.faults.remove(fault.id);
    await one.clock.advance(70_000);
    expect([...Array(10).keys()].map((n) => one.list(n))).toEqual(Array(10).fill('c'));
    expect(one.list(15)).toBe('b a');
  });

  it('does not cover an instance that has drifted again after it was changed', async () => {
    const one = guardedWorld();
    one.declare('web', all(20), 'b a');
    await one.clock.advance(10_000);
    one.source.approve({ digest: digestIn(one.status('web', 0).message), by: '', at: NOW });
    await one.clock.advance(10_000);
    for (const id of all(20)) one.simulator.state.setList(id, groups('a b'));
    await one.clock.advance(70_000);
    expect([...Array(20).keys()].filter((n) => one.list(n) === 'b a').length).toBeLessThanOrEqual(5);
  });

  it('that is taken out of its binding covers nothing that was not written yet', async () => {
    const one = guardedWorld();
    const fault = one.simulator.faults.add({ kind: 'throttle', action: 'ModifySecurityGroupsOfInstance' });
    one.declare('web', all(20), 'b a');
    await one.clock.advance(10_000);
    const approvedPlan = { digest: digestIn(one.status('web', 0).message), by: 'bob', at: NOW };
    one.declare('web', all(20), 'b a', { approvedPlan });
    await one.clock.advance(10_000);
    one.declare('web', all(20), 'b a');
    one.simulator.faults.remove(fault.id);
    await one.clock.advance(70_000);
    expect(one.list(0)).toBe('a b');
    expect(one.conditions('web')[0]).toBe('Ready=False BlastRadius');
  });

  it('covers after a restart what was not changed yet, and not what has drifted again', async () => {
    const one = guardedWorld();
    one.simulator.faults.add({
      kind: 'error',
      code: '7000',
      action: 'ModifySecurityGroupsOfInstance',
      instanceIds: [ins(19)],
      count: 12,
    });
    one.declare('web', all(20), 'b a');
    await one.clock.advance(10_000);
    one.source.approve({ digest: digestIn(one.status('web', 0).message), by: '', at: NOW });
    await one.clock.advance(10_000);
    await one.stop();
    expect([one.list(0), one.list(19)]).toEqual(['b a', 'a b']);
    for (const id of all(19)) one.simulator.state.setList(id, groups('a b'));
    one.start();
    await one.clock.advance(300_000);
    expect([...Array(19).keys()].filter((n) => one.list(n) === 'b a').length).toBeLessThanOrEqual(5);
    expect(one.list(19)).toBe('b a');
  });

  it.each([
    { at: '2025-12-31T00:00:00Z', covers: false, reason: 'it is older than a day' },
    { at: '2025-12-31T12:00:00Z', covers: true, reason: 'it is half a day old' },
    { at: '2026-01-01T00:03:00Z', covers: true, reason: 'the clock of who gave it is a little ahead' },
    { at: '2026-01-02T00:00:00Z', covers: false, reason: 'it is from tomorrow' },
  ])('of $at covers its plan: $covers, because $reason', async ({ at, covers }) => {
    const one = guardedWorld();
    one.declare('web', all(20), 'b a');
    await one.clock.advance(10_000);
    one.source.approve({ digest: digestIn(one.status('web', 0).message), by: 'alice', at });
    await one.clock.advance(70_000);
    expect(one.list(0)).toBe(covers ? 'b a' : 'a b');
  });

  it('in a binding covers that binding alone', async () => {
    const one = guardedWorld();
    one.declare('web', all(10), 'b a');
    one.declare('db', all(10, 10), 'b a');
    await one.clock.advance(10_000);
    const approvedPlan = { digest: digestIn(one.status('web', 0).message), by: 'bob', at: NOW };
    one.declare('web', all(10), 'b a', { approvedPlan });
    await one.clock.advance(10_000);
    expect(one.conditions('web')).toEqual(['Ready=True InSync']);
    expect(one.conditions('db')[0]).toBe('Ready=False BlastRadius');
    one.declare('db', all(10, 10), 'b a', { approvedPlan });
    await one.clock.advance(10_000);
    expect(one.conditions('db')).toEqual(['Ready=True InSync']);
  });

  it('that its object tells to be handled covers nothing, although no store remembers it', async () => {
    const one = guardedWorld();
    one.declare('web', all(20), 'b a');
    await one.clock.advance(10_000);
    const digest = digestIn(one.status('web', 0).message);
    one.declare('web', all(20), 'b a', { approvedPlan: { digest, by: 'bob', at: NOW, handled: true } });
    await one.clock.advance(70_000);
    expect(one.list(0)).toBe('a b');
    one.declare('web', all(20), 'b a', { approvedPlan: { digest, by: 'bob', at: '2026-01-01T00:00:30Z' } });
    await one.clock.advance(10_000);
    expect(one.list(0)).toBe('b a');
  });

  it('is told by its binding once it is taken up, and not before', async () => {
    const one = guardedWorld();
    one.declare('web', all(20), 'b a', {
      approvedPlan: { digest: `sha256:${'0'.repeat(64)}`, by: '', at: NOW },
    });
    await one.clock.advance(10_000);
    const reported = () => one.published.get('shop/web' as never)?.lastHandledApproval;
    expect(reported()).toBeUndefined();
    const digest = digestIn(one.status('web', 0).message);
    one.declare('web', all(20), 'b a', { approvedPlan: { digest, by: 'bob', at: NOW } });
    await one.clock.advance(10_000);
    expect(reported()).toBe(`${digest} by bob at ${NOW}`);
  });

  it('holds across a kill in the middle of its writes', async () => {
    const one = guardedWorld();
    one.declare('web', all(40), 'b a');
    await one.clock.advance(10_000);
    one.source.approve({ digest: digestIn(one.status('web', 0).message), by: '', at: NOW });
    one.killAt('applied');
    await one.clock.advance(10_000);
    one.start();
    await one.clock.advance(70_000);
    expect(one.conditions('web')).toEqual(['Ready=True InSync']);
  });
});
