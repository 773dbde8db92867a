import { describe, expect, it } from 'vitest';
import { all, digestIn, POLICY } from '../../../test/faults/guarded-world.ts';
import { HandEditedSource } from '../../../test/faults/hand-edited-source.ts';
import { groups, ins, REGION, SmallWorld, type SmallWorldOptions } from '../../../test/faults/small-world.ts';
import { bindingKey } from '../../api/ids.ts';
import type { Binding } from '../../core/model.ts';
import { soleLeader } from '../../runtime/leadership.ts';

const WEB = bindingKey('shop', 'web');
const WRITE = 'ModifySecurityGroupsOfInstance';
const origin = (generation: number) => ({ kind: 'kubernetes', uid: 'u1', generation }) as const;
const conditions = (world: SmallWorld) => world.published.get(WEB)?.conditions ?? [];
const ready = (world: SmallWorld) => conditions(world).find(({ type }) => type === 'Ready');
const restored = (world: SmallWorld, count: number) => all(count).every((_, n) => world.list(n) === 'a b');

/** A world whose object has turned `a b` into `c` for some instances, which somebody approved where that was needed. */
async function restoringWorld(count: number, options: SmallWorldOptions = {}): Promise<SmallWorld> {
  const world = new SmallWorld(options);
  const over = { deletionPolicy: 'Restore', origin: origin(1) } as const;
  world.declare('web', all(count), 'c', over);
  await world.clock.advance(10_000);
  const digest = digestIn(ready(world)?.message ?? '');
  if (digest !== '') world.declare('web', all(count), 'c', { ...over, approvedPlan: approval(digest) });
  await world.clock.advance(10_000);
  expect(world.conditions('web')).toEqual(['Ready=True InSync']);
  return world;
}

const approval = (digest: string) => ({ digest, by: 'bob', at: '2026-01-01T00:00:00Z' });

/** Deletes the object, or changes it while it is being deleted. */
function beginDeletion(world: SmallWorld, over: Partial<Binding> = {}): void {
  const deletedMs = world.source.deleting().get(WEB)?.deletedMs ?? world.clock.now();
  world.source.beginDeletion(WEB, { origin: origin(2), ...over, deletedMs });
}

/** Another process goes on by what the status tells. */
function restart(world: SmallWorld): void {
  const binding = world.source.deleting().get(WEB)?.binding as Binding;
  const { restoring = [] } = world.published.get(WEB) ?? {};
  world.source.remembered = restoring.map((one) => ({ ...one, binding }));
  world.kill();
  world.start();
}

describe('an object that is being deleted', () => {
  it('is said nothing new of when its lists are back in a moment', async () => {
    const world = await restoringWorld(3);
    const reported = world.publications.length;
    beginDeletion(world);
    await world.clock.advance(3_000);
    expect(restored(world, 3)).toBe(true);
    world.source.leave(WEB);
    await world.clock.advance(60_000);
    expect(world.publications.slice(reported)).toEqual([]);
    expect(world.published.has(WEB)).toBe(false);
  });

  it('is not Ready while a write takes long, and says which', async () => {
    const world = await restoringWorld(3);
    world.simulator.faults.add({ kind: 'latency', ms: 20_000, action: WRITE });
    beginDeletion(world);
    await world.clock.advance(10_000);
    expect(world.conditions('web')).toEqual(['Ready=False Progressing', 'Reconciling=True Progressing']);
    expect(ready(world)?.message).toBe(
      `being deleted; 3 instances wait for the list from before: ${ins(0)}, ${ins(1)}, ${ins(2)}: being written`,
    );
    const status = world.published.get(WEB);
    expect(status).toMatchObject({ origin: origin(2), instances: [], instanceCount: 0, inSyncCount: 0 });
    expect(status?.restoring).toEqual(
      [0, 1, 2].map((n) => ({ instanceId: ins(n), original: groups('a b') })),
    );
  });

  it('says that the blast radius holds it, is approved by its own annotation, and holds up nobody after that', async () => {
    const world = await restoringWorld(10, { instances: 40, settings: { policy: POLICY } });
    beginDeletion(world);
    await world.clock.advance(10_000);
    expect(world.conditions('web')).toEqual(['Ready=False BlastRadius', 'Stalled=True BlastRadius']);
    const message = ready(world)?.message ?? '';
    expect(message).toContain('being deleted; 10 instances wait for the list from before');
    expect(digestIn(message)).not.toBe('');
    const waits = world.published.get(WEB)?.restoring?.[0]?.waits;
    expect(waits).toMatchObject({
      reason: 'BlastRadius',
      message: expect.stringContaining(digestIn(message)),
    });
    beginDeletion(world, { origin: origin(2), approvedPlan: approval(digestIn(message)) });
    await world.clock.advance(10_000);
    expect(restored(world, 10)).toBe(true);
    world.source.leave(WEB);
    world.declare('other', all(5), 'd', { origin: { kind: 'kubernetes', uid: 'u2', generation: 1 } });
    await world.clock.advance(10_000);
    expect(world.conditions('other')).toEqual(['Ready=True InSync']);
  });

  it('holds up no change that comes beside it', async () => {
    const world = await restoringWorld(10, { instances: 40, settings: { policy: POLICY } });
    beginDeletion(world);
    await world.clock.advance(10_000);
    world.declare('other', all(3, 20), 'd', { origin: { kind: 'kubernetes', uid: 'u2', generation: 1 } });
    await world.clock.advance(10_000);
    expect(world.conditions('web')[0]).toBe('Ready=False BlastRadius');
    expect(world.conditions('other')).toEqual(['Ready=True InSync']);
  });

  it('says the same with the same bytes for as long as it is held, also after a restart, and then lets go', async () => {
    const world = await restoringWorld(10, { instances: 40, settings: { policy: POLICY } });
    beginDeletion(world);
    await world.clock.advance(10_000);
    const deletedMs = world.source.deleting().get(WEB)?.deletedMs ?? 0;
    const reported = world.publications.length;
    const [before] = world.publications.slice(-1);
    await world.clock.advance(200_000);
    expect(world.publications.length).toBe(reported);
    restart(world);
    await world.clock.advance(60_000);
    const after = JSON.parse(world.publications.at(-1) ?? '');
    const text = (one: { conditions: { lastTransitionTime?: string }[] }) => ({
      ...one,
      conditions: one.conditions.map(({ lastTransitionTime: _, ...condition }) => condition),
    });
    expect(text(after)).toEqual(text(JSON.parse(before ?? '')));
    await world.clock.advance(600_000);
    expect(world.controller.isRestoring(WEB)).toBe(false);
    expect(world.writeCalls(deletedMs)).toEqual([]);
  });

  it('names the change window that it waits for, and an emergency on it opens that', async () => {
    const windows = [
      {
        name: 'nights',
        effect: 'deny',
        schedule: '* * * * *',
        durationMs: 120_000,
        timeZone: 'UTC',
        where: { namespaces: ['shop'] },
      },
    ] as const;
    const world = new SmallWorld({ settings: { policy: { ...POLICY, windows } } });
    const emergency = { untilMs: world.clock.now() + 3_600_000, reason: 'incident' };
    world.declare('web', all(2), 'c', { deletionPolicy: 'Restore', origin: origin(1), emergency });
    await world.clock.advance(10_000);
    expect(world.list(0)).toBe('c');
    world.source.beginDeletion(WEB, {
      origin: origin(2),
      emergency: { ...emergency, untilMs: 0 },
      deletedMs: world.clock.now(),
    });
    await world.clock.advance(10_000);
    expect(ready(world)).toMatchObject({ status: 'False', reason: 'OutsideWindow' });
    expect(ready(world)?.message).toContain('nights');
    expect(world.conditions('web')).toContain('Reconciling=True ProgressingWithRetry');
    beginDeletion(world, { emergency });
    await world.clock.advance(5_000);
    expect(restored(world, 2)).toBe(true);
  });

  it('says which credentials are missing', async () => {
    const world = await restoringWorld(3);
    world.simulator.faults.add({ kind: 'error', code: '4100' });
    beginDeletion(world);
    await world.clock.advance(30_000);
    expect(ready(world)).toMatchObject({ status: 'False', reason: 'CredentialsFailed' });
    expect(ready(world)?.message).toContain('being deleted; 3 instances wait');
  });

  it('says that it waits until every source was read', async () => {
    const otherSource = new HandEditedSource();
    const world = await restoringWorld(3, { otherSource });
    otherSource.beginReading();
    beginDeletion(world);
    await world.clock.advance(10_000);
    expect(ready(world)).toMatchObject({ status: 'False', reason: 'NotObserved' });
    expect(ready(world)?.message).toContain('until every source was read');
    otherSource.endReading();
    await world.clock.advance(5_000);
    expect(restored(world, 3)).toBe(true);
  });

  it('says when it stays although no list has to be put back any more', async () => {
    const world = await restoringWorld(3);
    beginDeletion(world);
    await world.clock.advance(20_000);
    expect(restored(world, 3)).toBe(true);
    expect(world.conditions('web')).toEqual(['Ready=False Progressing', 'Reconciling=True Progressing']);
    expect(ready(world)?.message).toBe('being deleted; no list has to be put back');
    const reported = world.publications.length;
    await world.clock.advance(600_000);
    expect(world.publications.length).toBe(reported);
    world.source.leave(WEB);
    await world.clock.advance(1_000);
    expect(world.published.has(WEB)).toBe(false);
  });

  it('follows what it says of modes: suspended, it lets go at once', async () => {
    const world = await restoringWorld(10, { instances: 40, settings: { policy: POLICY } });
    beginDeletion(world);
    await world.clock.advance(10_000);
    beginDeletion(world, { origin: origin(3), suspend: true });
    await world.clock.advance(1_000);
    expect(world.controller.isRestoring(WEB)).toBe(false);
    expect(world.log.join('\n')).toContain('spec.suspend is true');
  });

  it('is told of only by the replica that leads its scope, as soon as that one does', async () => {
    let leads = true;
    const world = await restoringWorld(10, {
      instances: 40,
      settings: { policy: POLICY },
      leadership: { ...soleLeader, mayAct: () => leads },
    });
    beginDeletion(world);
    await world.clock.advance(1_000);
    leads = false;
    const reported = world.publications.length;
    beginDeletion(world, { origin: origin(3) });
    await world.clock.advance(60_000);
    expect(world.publications.length).toBe(reported);
    leads = true;
    world.controller.gained(`default@${REGION}`);
    await world.clock.advance(10_000);
    expect(world.published.get(WEB)?.origin).toEqual(origin(3));
    expect(world.conditions('web')[0]).toBe('Ready=False BlastRadius');
  });
});

describe('an object that is being deleted is let go', () => {
  it('ten minutes after its deletion, however often the process is started again', async () => {
    const world = await restoringWorld(10, { instances: 40, settings: { policy: POLICY } });
    beginDeletion(world);
    for (let starts = 0; starts < 4; starts++) {
      await world.clock.advance(130_000);
      restart(world);
    }
    await world.clock.advance(70_000);
    expect(world.controller.isRestoring(WEB)).toBe(true);
    await world.clock.advance(15_000);
    expect(world.controller.isRestoring(WEB), 'after 10 minutes').toBe(false);
  });

  it.each([
    { reason: 'when that can be done', held: false },
    { reason: 'in vain when that is held', held: true },
  ])('by a process that was away for longer only after a try, $reason', async ({ held }) => {
    const options = { instances: 40, settings: held ? { policy: POLICY } : {} };
    const world = await restoringWorld(10, options);
    const binding = world.source.get(WEB) as Binding;
    world.source.remembered = all(10).map((instanceId) => ({
      instanceId,
      binding,
      original: groups('a b'),
    }));
    world.kill();
    beginDeletion(world);
    await world.clock.advance(3_600_000);
    world.start();
    await world.clock.advance(50_000);
    expect([world.controller.isRestoring(WEB), restored(world, 10)]).toEqual([held, !held]);
    await world.clock.advance(20_000);
    expect(world.controller.isRestoring(WEB)).toBe(false);
  });

  it('at once when what held its credentials does not exist any more, and not while the object stays', async () => {
    let exists = true;
    const message = 'there is no Secret "shop/cloud"';
    const world = await restoringWorld(3, {
      wrapCredentials: (own) => ({
        get: async (account, signal) =>
          exists ? await own.get(account, signal) : { ok: false, code: 'CredentialsNotFound', message },
        invalidate: () => {},
      }),
    });
    exists = false;
    world.declare('web', all(2), 'c', { deletionPolicy: 'Restore', origin: origin(2) });
    await world.clock.advance(120_000);
    expect(world.controller.isRestoring(WEB), 'an instance that left an object which stays').toBe(true);
    beginDeletion(world, { origin: origin(3) });
    await world.clock.advance(35_000);
    expect(world.controller.isRestoring(WEB)).toBe(false);
    expect(world.log.join('\n')).toMatch(/the instance is let go: .*there is no Secret "shop\/cloud"/);
    expect(world.list(0)).toBe('c');
  });
});

describe('an instance that left an object which stays', () => {
  it('says in its own line what its list from before waits for, and is approved by the annotation', async () => {
    const world = await restoringWorld(10, { instances: 40, settings: { policy: POLICY } });
    const kept = { deletionPolicy: 'Restore', origin: origin(2) } as const;
    world.declare('web', [ins(0)], 'c', kept);
    await world.clock.advance(10_000);
    const status = world.published.get(WEB);
    expect(world.conditions('web')).toEqual(['Ready=True InSync']);
    expect(status?.restoring).toHaveLength(9);
    const digest = digestIn(status?.restoring?.[0]?.waits?.message ?? '');
    expect(digest).not.toBe('');
    world.declare('web', [ins(0)], 'c', { ...kept, approvedPlan: approval(digest) });
    await world.clock.advance(10_000);
    expect(world.published.get(WEB)?.restoring).toBeUndefined();
    expect([world.list(0), world.list(9)]).toEqual(['c', 'a b']);
  });
});
