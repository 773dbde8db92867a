import { describe, expect, it } from 'vitest';
import { KubeError } from '../../src/kubernetes/client/kube-error.ts';
import { LeaseMembers } from '../../src/kubernetes/client/lease-members.ts';
import { Reflector } from '../../src/kubernetes/client/reflector.ts';
import { ScopeLeases } from '../../src/kubernetes/client/scope-leases.ts';
import { livenessChecks } from '../../src/manager/process-view.ts';
import { Liveness } from '../../src/runtime/liveness.ts';
import { silentLog } from '../../src/runtime/log.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import type { FaultSpec } from '../../src/simulator/fault.ts';
import { ins, SmallWorld } from './small-world.ts';

const all = Array.from({ length: 20 }, (_, n) => ins(n));
const HOURS = 3_600_000;

/** What the probe says of a world, minute by minute, of what is wrong only. */
async function complaints(world: SmallWorld, forMs: number): Promise<string[]> {
  using liveness = new Liveness({
    clock: world.clock,
    checks: () => livenessChecks({ scopes: world.controller.scopes }),
  });
  liveness.start();
  return await watch(world.clock, liveness, forMs);
}

async function watch(clock: VirtualClock, liveness: Liveness, forMs: number): Promise<string[]> {
  const wrong: string[] = [];
  for (let passedMs = 0; passedMs < forMs; passedMs += 60_000) {
    await clock.advance(60_000);
    for (const one of liveness.results()) if (!one.fine) wrong.push(`${one.name}: ${one.detail}`);
  }
  return wrong;
}

const OUTAGES: readonly { readonly reason: string; readonly fault: FaultSpec }[] = [
  { reason: 'the cloud refuses every call for the quota', fault: { kind: 'throttle' } },
  { reason: 'the cloud fails', fault: { kind: 'http', status: 503 } },
  { reason: 'the connections are reset', fault: { kind: 'reset-before' } },
  { reason: 'the credentials have expired', fault: { kind: 'token-expired' } },
  { reason: 'the credentials may not do it', fault: { kind: 'error', code: 'UnauthorizedOperation' } },
  { reason: 'every call takes as long as a call may', fault: { kind: 'latency', ms: 20_000 } },
];

describe('the liveness probe', () => {
  it.each(OUTAGES)('does not restart a healthy process when $reason', async ({ fault }) => {
    const world = new SmallWorld();
    world.declare('web', all, 'b a');
    await world.clock.advance(10_000);
    world.simulator.faults.add(fault);
    world.declare('web', all, 'c');
    expect(await complaints(world, 2 * HOURS)).toEqual([]);
  });

  it('does not when the network is gone', async () => {
    const world = new SmallWorld();
    world.declare('web', all, 'b a');
    world.unreachable = true;
    expect(await complaints(world, 2 * HOURS)).toEqual([]);
  });

  it('does not when there is nothing to do', async () => {
    const world = new SmallWorld();
    world.declare('web', all, 'a b');
    expect(await complaints(world, 2 * HOURS)).toEqual([]);
  });

  it('tells a call that never ends', async () => {
    const world = new SmallWorld();
    world.simulator.faults.add({ kind: 'latency', ms: 100 * HOURS });
    world.declare('web', all, 'b a');
    const wrong = await complaints(world, 600_000);
    expect(wrong[0]).toMatch(/^read lane default@ap-guangzhou: has work and has not moved for 3\d\d s$/);
  });
});

/** An API server that answers as the test says; virtual time passes until it does. */
function apiServer(clock: VirtualClock) {
  const server = { tookMs: 0, error: new KubeError('connect', { status: 0, reason: 'ECONNREFUSED' }) };
  const fail = async (): Promise<never> => {
    await clock.sleep(server.tookMs);
    throw server.error;
  };
  const connection = {
    json: fail,
    nextReply: () => Promise.withResolvers<void>().promise,
    async *lines(): AsyncGenerator<unknown> {
      yield await fail();
    },
  };
  return { server, connection: connection as never };
}

describe('the liveness probe in a cluster', () => {
  const make = () => {
    const clock = new VirtualClock();
    const { server, connection } = apiServer(clock);
    const base = { clock, random: seededRandom(3), log: silentLog, connection };
    const members = new LeaseMembers({ ...base, namespace: 'cvmsg-system', watches: 'everything' });
    const leases = new ScopeLeases({
      ...base,
      namespace: 'cvmsg-system',
      identity: 'one',
      members,
      isFollowing: () => true,
    });
    const reflector = new Reflector<never>({ ...base, path: '/apis/x', onChange: () => {} });
    const cluster = { source: { reflectors: [reflector] }, leases };
    const liveness = new Liveness({ clock, checks: () => livenessChecks({ scopes: [], cluster }) });
    liveness.start();
    const run = () => {
      const { signal } = new AbortController();
      void reflector.run(signal);
      void leases.run({ gained: () => {}, drain: () => Promise.resolve() }, signal);
    };
    return { clock, server, liveness, run };
  };

  it.each([
    { reason: 'refuses connections', tookMs: 0, status: 0 },
    { reason: 'never answers', tookMs: 30_000, status: 0 },
    { reason: 'forbids everything', tookMs: 5, status: 403 },
    { reason: 'asks to come back in a day', tookMs: 5, status: 429, retryAfterMs: 86_400_000 },
  ])('does not restart a healthy process when the API server $reason', async (row) => {
    const { clock, server, liveness, run } = make();
    server.tookMs = row.tookMs;
    const { reason, tookMs: _, ...options } = row;
    server.error = new KubeError(reason, { reason, ...options });
    run();
    expect(await watch(clock, liveness, 2 * HOURS)).toEqual([]);
  });

  it('tells loops that have ended', async () => {
    const { clock, liveness } = make();
    const wrong = await watch(clock, liveness, 660_000);
    expect(wrong.map((one) => one.split(':')[0])).toEqual(
      expect.arrayContaining(['watch /apis/x', 'leases']),
    );
  });
});
