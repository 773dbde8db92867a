import { describe, expect, it } from 'vitest';
import { Chance } from '../../../test/simulation/chance.ts';
import { Fence } from '../../../test/simulation/fence.ts';
import type { Clock } from '../../runtime/clock.ts';
import { silentLog } from '../../runtime/log.ts';
import { seededRandom } from '../../runtime/random.ts';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import type { KubeConnection, KubeRequest } from './kube-connection.ts';
import { KubeError } from './kube-error.ts';
import { Lease, type LeaseObject, type LeaseOptions, RETRY_MS } from './lease.ts';
import { LeaseRemoval } from './lease-removal.ts';

const { signal } = new AbortController();
const SEEDS = 30;
const HISTORY_MS = 10 * 60_000;
const REPLICAS = ['a', 'b', 'c'];

type Connection = Pick<KubeConnection, 'json'>;

/** An API server with one Lease, which takes a while and sometimes does not answer. */
class Server {
  #version = 0;
  #lease: LeaseObject | undefined;

  /** Carries a request out, as the store does: only what says the newest version changes anything. */
  serve({ method, body }: KubeRequest): unknown {
    const { metadata, spec } = (body ?? {}) as LeaseObject;
    if (method === 'GET' && this.#lease === undefined) throw refusal(404);
    if (method === 'GET') return structuredClone(this.#lease);
    const present = this.#lease?.metadata.resourceVersion;
    if (method === 'POST' ? present !== undefined : isStale(metadata?.resourceVersion, present))
      throw refusal(409);
    const written = { ...metadata, name: 'one', resourceVersion: String(++this.#version) };
    this.#lease = { metadata: written, ...(spec === undefined ? {} : { spec }) } as LeaseObject;
    return structuredClone(this.#lease);
  }
}

function isStale(version: string | undefined, present: string | undefined): boolean {
  return present === undefined || (version !== undefined && version !== present);
}

function refusal(status: number): KubeError {
  return new KubeError('no', { status, reason: 'no' });
}

/** The way of one replica to the server: slow at times, and given up after the time that a request may take. */
function wayTo(server: Server, { clock, chance }: { clock: Clock; chance: Chance }): Connection {
  const json = async (request: KubeRequest): Promise<unknown> => {
    const takesMs = chance.happens(0.2) ? chance.int(500, 9_000) : chance.int(1, 50);
    const timeoutMs = request.timeoutMs ?? takesMs;
    const answer = clock.sleep(takesMs / 2).then(() => server.serve(request));
    const reply = answer.then(
      async (value) => {
        await clock.sleep(takesMs / 2);
        return value;
      },
      async (error: unknown) => {
        await clock.sleep(takesMs / 2);
        throw error;
      },
    );
    reply.catch(() => {});
    return Promise.race([reply, clock.sleep(timeoutMs).then(() => Promise.reject(refusal(0)))]);
  };
  return { json: json as Connection['json'] };
}

interface Planted {
  readonly make?: (options: LeaseOptions) => Lease;
  readonly spoil?: (connection: Connection) => Connection;
}

/** Lets some replicas compete for a lease, pausing now and then; tells what was wrong first, and how often it changed hands. */
async function compete(seed: number, { make, spoil }: Planted = {}) {
  const clock = new VirtualClock();
  const chance = new Chance(seededRandom(seed));
  const server = new Server();
  const replicas = REPLICAS.map((identity) => {
    const fence = new Fence(clock);
    const way = wayTo(server, { clock: fence.clock, chance });
    const connection = spoil?.(way) ?? way;
    const removal = new LeaseRemoval({ connection, log: silentLog, namespace: 'system' });
    const options = {
      connection,
      clock: fence.clock,
      namespace: 'system',
      name: 'one',
      identity,
      labels: {},
      removal,
    };
    const lease = make?.(options) ?? new Lease(options);
    void renew(lease, fence.clock);
    return { identity, fence, lease };
  });
  const holders: string[] = [];
  const end = clock.now() + HISTORY_MS;
  while (clock.now() < end) {
    if (!(await clock.step(clock.now() + 500))) await clock.advance(100);
    const held = replicas.filter(({ lease }) => lease.isHeld(clock.now())).map(({ identity }) => identity);
    if (held.length > 1) return { wrong: `${held.join(' and ')} hold it at once`, holders };
    const paused = replicas.find(({ identity }) => identity === held[0]) ?? chance.one(replicas);
    if (chance.happens(0.01)) paused.fence.pause(chance.int(1_000, 30_000));
    if (held[0] !== undefined && held[0] !== holders.at(-1)) holders.push(held[0]);
  }
  for (const { fence } of replicas) fence.kill();
  return { wrong: undefined, holders };
}

async function renew(lease: Lease, clock: Clock): Promise<void> {
  for (;;) {
    await lease.acquire(signal).catch(() => {});
    await clock.sleep(RETRY_MS);
  }
}

async function firstWrong(planted: Planted): Promise<string | undefined> {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { wrong } = await compete(seed, planted);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

describe('a lease', () => {
  it('is held by one replica at a time, however slow the server is and whoever is paused', async () => {
    const hands: number[] = [];
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { wrong, holders } = await compete(seed);
      expect(wrong, `seed ${seed}`).toBeUndefined();
      hands.push(holders.length);
    }
    expect(Math.min(...hands), 'somebody held it in each history').toBeGreaterThan(0);
    expect(Math.max(...hands), 'it changed hands').toBeGreaterThan(2);
  });

  it.each([
    {
      bug: 'whose holder acts for longer than it may',
      planted: {
        make: (options: LeaseOptions) =>
          new (class extends Lease {
            override isHeld(nowMs: number): boolean {
              return super.isHeld(nowMs - 20_000);
            }
          })(options),
      },
    },
    {
      bug: 'that is taken before it has expired',
      planted: {
        make: (options: LeaseOptions) =>
          new (class extends Lease {
            override holder(nowMs: number): string {
              return super.holder(nowMs + 14_000);
            }
          })(options),
      },
    },
    {
      bug: 'that is written whatever version it has',
      planted: {
        spoil: (connection: Connection) => {
          const json = (request: KubeRequest, until: AbortSignal) => {
            const body = structuredClone(request.body) as LeaseObject | undefined;
            if (body !== undefined) delete (body.metadata as { resourceVersion?: string }).resourceVersion;
            return connection.json({ ...request, ...(body === undefined ? {} : { body }) }, until);
          };
          return { json: json as Connection['json'] };
        },
      },
    },
    {
      bug: 'that is taken whoever holds it',
      planted: {
        make: (options: LeaseOptions) =>
          new (class extends Lease {
            override holder(): string {
              return '';
            }
          })(options),
      },
    },
  ])('$bug is found', async ({ planted }) => {
    expect(await firstWrong(planted)).toMatch(/hold it at once/);
  });
});
