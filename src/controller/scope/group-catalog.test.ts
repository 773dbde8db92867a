import { describe, expect, it } from 'vitest';
import { groups, ins, REGION, SmallWorld } from '../../../test/faults/small-world.ts';
import type { SecurityGroupId } from '../../api/ids.ts';
import type { CloudError } from '../../core/cloud-error.ts';
import { OPEN_POLICY } from '../../core/policy.ts';
import type { CloudClient } from '../../ports/cloud.ts';
import { soleLeader } from '../../runtime/leadership.ts';
import { silentLog } from '../../runtime/log.ts';
import { seededRandom } from '../../runtime/random.ts';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import { GroupCatalog } from './group-catalog.ts';

const QUIET_MS = 20 * 60_000;
const CALL_MS = 30;

const DESTROYED: CloudError = {
  kind: 'network',
  api: 'v3',
  action: 'DescribeSecurityGroups',
  code: 'UND_ERR_DESTROYED',
  message: 'the client is destroyed',
  requestId: '',
  sent: false,
};
const groupsOf = (page: number) => [
  { sgId: `sg-${String(page).padStart(8, '0')}` as SecurityGroupId, name: '' },
];

function quiet(): SmallWorld {
  const settings = { policy: { ...OPEN_POLICY, verifyGroups: true } };
  const one = new SmallWorld({ settings });
  one.declare('web', [ins(0)], 'b a');
  return one;
}

describe('a catalog of groups that was read long ago', () => {
  it('is read again before a group is written that may be gone since', async () => {
    const one = quiet();
    await one.clock.advance(QUIET_MS);
    one.simulator.state.removeGroup(REGION, 'sg-ffffffff');
    const sinceMs = one.clock.now();
    one.declare('web', [ins(0)], 'f');
    await one.clock.advance(30_000);
    expect(one.writeCalls(sinceMs)).toEqual([]);
    expect(one.conditions('web')[0]).toBe('Ready=False UnknownGroup');
  });

  it('tells that a group is gone, although how many one instance may have cannot be told again', async () => {
    const one = quiet();
    await one.clock.advance(QUIET_MS);
    one.simulator.state.removeGroup(REGION, 'sg-ffffffff');
    one.simulator.faults.add({ kind: 'error', code: 'InternalError', action: 'DescribeSecurityGroupLimits' });
    const sinceMs = one.clock.now();
    one.declare('web', [ins(0)], 'f');
    await one.clock.advance(30_000);
    expect(one.writeCalls(sinceMs)).toEqual([]);
    expect(one.conditions('web')[0]).toBe('Ready=False UnknownGroup');
  });

  it('holds a write up for no longer than it takes to read it', async () => {
    const one = quiet();
    await one.clock.advance(QUIET_MS);
    one.declare('web', [ins(0)], 'a b');
    await one.clock.advance(2_000);
    expect(one.conditions('web')).toEqual(['Ready=True InSync']);
  });

  it('lets the write go as soon as it was read, however long that takes', async () => {
    const one = quiet();
    await one.clock.advance(QUIET_MS);
    one.simulator.faults.add({ kind: 'latency', ms: 3_000, action: 'DescribeSecurityGroups' });
    one.declare('web', [ins(0)], 'a b');
    await one.clock.advance(2_900);
    expect(one.list(0)).toBe('b a');
    await one.clock.advance(600);
    expect(one.list(0)).toBe('a b');
  });

  it('goes on counting while it cannot be read again', async () => {
    const one = quiet();
    await one.clock.advance(QUIET_MS);
    one.simulator.faults.add({ kind: 'error', code: 'InternalError', action: 'DescribeSecurityGroups' });
    one.declare('web', [ins(0)], 'a b');
    await one.clock.advance(2_000);
    expect(one.conditions('web')).toEqual(['Ready=True InSync']);
  });
});

describe('a group that was made a moment before it is declared', () => {
  it.each([
    { reason: 'the groups were read a minute ago, and reading them takes a while', waitMs: 60_000 },
    { reason: 'the groups were read just now', waitMs: 1_000 },
  ])('is waited for and not refused when $reason', async ({ waitMs }) => {
    const one = quiet();
    one.declare('wrong', [ins(1)], 'y');
    await one.clock.advance(30_000);
    expect(one.conditions('wrong')[0]).toBe('Ready=False UnknownGroup');
    await one.clock.advance(waitMs);
    one.simulator.state.addGroup(REGION, { securityGroupId: 'sg-zzzzzzzz' });
    one.simulator.faults.add({ kind: 'latency', ms: 3_000, action: 'DescribeSecurityGroups' });
    const told = one.publications.length;
    one.declare('web', [ins(0)], 'z');
    await one.clock.advance(30_000);
    expect(one.conditions('web')).toEqual(['Ready=True InSync']);
    expect(one.publications.slice(told).filter((text) => text.includes('Stalled'))).toEqual([]);
  });
});

describe('a scope that is gained after its bindings were declared', () => {
  it('has the names of the groups in the first status, and tells nobody of them again at the first change', async () => {
    let leads = false;
    const one = new SmallWorld({
      settings: { policy: { ...OPEN_POLICY, verifyGroups: true } },
      leadership: { ...soleLeader, mayAct: () => leads },
    });
    for (const n of [0, 1, 2]) one.declare(`web-${n}`, [ins(n)], 'a b');
    await one.clock.advance(5_000);
    expect(one.publications).toEqual([]);
    leads = true;
    one.controller.gained(`default@${REGION}`);
    await one.clock.advance(10_000);
    expect(one.publications).toHaveLength(3);
    for (const text of one.publications) expect(text).toContain('groupNames');
    one.declare('web-0', [ins(0)], 'b a');
    await one.clock.advance(10_000);
    expect(one.list(0)).toBe('b a');
    expect(one.publications.slice(3).filter((text) => !text.includes('web-0'))).toEqual([]);
  });
});

describe('a catalog whose scope passes to another replica between two pages', () => {
  it('asks for no further page, tells nothing of the half, and reads all when it comes back', async () => {
    let leads = true;
    const asked: number[] = [];
    const { catalog, clock, news } = catalogOver(
      async ({ offset }) => {
        asked.push(offset);
        await clock.sleep(CALL_MS);
        const groups = [{ sgId: `sg-${offset}` as SecurityGroupId, name: '' }];
        return { ok: true, value: { items: groups, total: 3 }, requestId: '', api: 'v3' };
      },
      () => leads,
    );
    catalog.need(['sg-0' as SecurityGroupId]);
    await clock.advance(CALL_MS + CALL_MS / 2);
    leads = false;
    await clock.advance(60_000);
    expect([asked, news, catalog.knowledge.state]).toEqual([[0], [], 'unknown']);
    leads = true;
    catalog.gained();
    await clock.advance(10 * CALL_MS);
    expect([asked, news, catalog.knowledge.state]).toEqual([[0, 0, 1, 2], [false], 'known']);
  });
});

/** A catalog over a cloud that answers with these pages, and what it logs. */
function catalogOver(listSecurityGroups: CloudClient['listSecurityGroups'], mayAct = () => true) {
  const clock = new VirtualClock();
  const told: string[] = [];
  const news: boolean[] = [];
  const catalog = new GroupCatalog({
    client: {
      scope: { account: 'default', region: REGION },
      describeGroupLimit: async () => {
        await clock.sleep(CALL_MS);
        return { ok: true, value: 5, requestId: '', api: 'v3' };
      },
      listSecurityGroups,
    },
    clock,
    random: seededRandom(1),
    log: { ...silentLog, warn: (_, message) => told.push(message) },
    signal: new AbortController().signal,
    leadership: { mayAct },
    onChange: ({ same }) => news.push(same),
  });
  return { catalog, clock, told, news };
}

describe('a list of groups that does not change', () => {
  it('is read again in one round trip, and says that it is the same', async () => {
    const { catalog, clock, news } = catalogOver(async () => {
      await clock.sleep(CALL_MS);
      return { ok: true, value: { items: groupsOf(1), total: 1 }, requestId: '', api: 'v3' };
    });
    const [wanted] = groupsOf(1).map(({ sgId }) => [sgId]);
    catalog.need(wanted ?? []);
    await clock.advance(QUIET_MS);
    expect(catalog.need(wanted ?? [])).toBe(false);
    await clock.advance(CALL_MS);
    expect(catalog.need(wanted ?? [])).toBe(true);
    expect(news).toEqual([false, true]);
    await catalog.stop();
  });

  it('proves that there is no such group, also of what is declared a moment after the first', async () => {
    const { catalog, clock } = catalogOver(async () => {
      await clock.sleep(CALL_MS);
      return { ok: true, value: { items: groupsOf(1), total: 1 }, requestId: '', api: 'v3' };
    });
    catalog.need(groups('a'));
    await clock.advance(CALL_MS / 2);
    catalog.need(groups('y'));
    await clock.advance(2 * CALL_MS);
    expect(catalog.knowledge).toMatchObject({ state: 'known', absent: new Set(groups('a y')) });
    await catalog.stop();
  });
});

describe('a list of groups that changes at every page', () => {
  it('is given up after some tries, and tried again after a pause', async () => {
    let calls = 0;
    const { catalog, clock, told } = catalogOver(async () => {
      calls++;
      if (calls > 500) throw new Error('it is read without an end');
      return { ok: true, value: { items: groupsOf(calls), total: 100 + calls }, requestId: '', api: 'v3' };
    });
    catalog.need(groups('a'));
    await clock.advance(500);
    expect(calls).toBeLessThan(20);
    expect(catalog.knowledge).toMatchObject({ state: 'unknown' });
    expect(told[0]).toContain('changed while it was read');
    await clock.advance(60_000);
    expect(calls).toBeGreaterThan(20);
    expect(calls).toBeLessThan(200);
    await catalog.stop();
  });
});

describe('a catalog that is stopped while it is read', () => {
  it('waits for the call, and says nothing of how it ended', async () => {
    const answer = Promise.withResolvers<Awaited<ReturnType<CloudClient['listSecurityGroups']>>>();
    const { catalog, clock, told } = catalogOver(() => answer.promise);
    catalog.need(groups('a'));
    await clock.advance(100);
    let stopped = false;
    const stopping = catalog.stop().then(() => {
      stopped = true;
    });
    await clock.advance(100);
    expect(stopped).toBe(false);
    answer.resolve({ ok: false, error: DESTROYED });
    await stopping;
    expect(told).toEqual([]);
  });
});

describe('whether the groups are still being read', () => {
  const answering = (...ids: SecurityGroupId[]) =>
    catalogOver(async () => {
      const items = ids.map((sgId) => ({ sgId, name: '' }));
      return { ok: true, value: { items, total: ids.length }, requestId: '', api: 'v3' };
    });

  it('is said from the first wish on until the answer, and not before anybody wants one', async () => {
    const { catalog, clock } = answering(...groups('a'));
    expect(catalog.pending).toBe(false);
    catalog.need(groups('a'));
    expect(catalog.pending).toBe(true);
    await clock.advance(CALL_MS);
    expect(catalog.knowledge.state).toBe('known');
    expect(catalog.pending).toBe(false);
    await catalog.stop();
  });

  it('is said again while a group is looked for that may have been made since, until it is proven that there is none', async () => {
    const { catalog, clock } = answering(...groups('a'));
    catalog.need(groups('a'));
    await clock.advance(CALL_MS);
    catalog.need(groups('a'));
    expect(catalog.pending).toBe(false);
    catalog.need(groups('y'));
    expect(catalog.pending).toBe(true);
    await clock.advance(60_000);
    expect(catalog.knowledge).toMatchObject({ state: 'known', absent: new Set(groups('y')) });
    expect(catalog.pending).toBe(false);
    await catalog.stop();
  });

  it('is not said when reading has failed, also while it is tried again', async () => {
    const { catalog, clock } = catalogOver(async () => ({ ok: false, error: DESTROYED }));
    catalog.need(groups('a'));
    await clock.advance(CALL_MS);
    expect(catalog.knowledge.state).toBe('unknown');
    expect(catalog.pending).toBe(false);
    await catalog.stop();
  });
});
