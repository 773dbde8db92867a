import { describe, expect, it } from 'vitest';
import type { CloudError, CloudErrorKind } from '../../core/cloud-error.ts';
import type { CloudResult, Page } from '../../ports/cloud.ts';
import { QuotaBucket } from '../../runtime/quota-bucket.ts';
import { seededRandom } from '../../runtime/random.ts';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import { type Listed, listAll } from './paced-listing.ts';

type Answer = CloudResult<Page<string>>;

const LATENCY_MS = 50;
const ids = (count: number) => Array.from({ length: count }, (_, n) => `i${n}`);

function pageOf(all: readonly string[], offset: number): Answer {
  const value = { items: all.slice(offset, offset + 100), total: all.length };
  return { ok: true, value, requestId: 'r', api: 'v3' };
}

function failing(kind: CloudErrorKind, sent = true): Answer {
  const error: CloudError = { kind, sent, api: 'v3', action: 'A', code: 'C', message: 'm', requestId: 'r' };
  return { ok: false, error };
}

/** Lists on virtual time from a cloud that answers its `call`th call, from 0, by `answer`. */
async function list(
  answer: (offset: number, call: number) => Answer,
  { limit = 40, untilMs = 600_000 } = {},
) {
  const clock = new VirtualClock();
  const leftMs: number[] = [];
  const startedMs = clock.now();
  const progress: number[] = [];
  let listed: Listed<string> | undefined;
  const work = listAll(
    {
      page: async (offset, signal) => {
        const call = leftMs.push(clock.now() - startedMs) - 1;
        await clock.sleep(LATENCY_MS, signal);
        return answer(offset, call);
      },
      idOf: (item) => item,
    },
    {
      clock,
      random: seededRandom(1),
      bucket: new QuotaBucket({ limit }),
      signal: new AbortController().signal,
      onProgress: (read) => progress.push(read),
    },
  ).then((result) => {
    listed = result;
  });
  await clock.advance(untilMs);
  await work;
  if (listed === undefined) throw new Error('not ended');
  return { listed, leftMs, progress };
}

describe('a whole listing', () => {
  it.each([0, 1, 100, 101, 1_000])(
    'of %i is read in order by as many calls as it has pages',
    async (count) => {
      const all = ids(count);
      const { listed, leftMs, progress } = await list((offset) => pageOf(all, offset));
      expect(listed).toEqual({ outcome: 'read', items: all });
      expect(leftMs).toHaveLength(Math.max(1, Math.ceil(count / 100)));
      expect(progress.at(-1)).toBe(count);
    },
  );

  it('keeps within the calls a second, and uses them', async () => {
    const all = ids(4_000);
    const { leftMs } = await list((offset) => pageOf(all, offset), { limit: 10 });
    for (const fromMs of leftMs) {
      const within = leftMs.filter((ms) => ms >= fromMs && ms < fromMs + 1_000);
      expect(within.length).toBeLessThanOrEqual(10);
    }
    expect(Math.max(...leftMs)).toBeLessThan(40 * 110);
  });

  it('starts again when the total changes on the way', async () => {
    const before = ids(250);
    const after = ids(251);
    const { listed } = await list((offset, call) => pageOf(call < 2 ? before : after, offset));
    expect(listed).toEqual({ outcome: 'read', items: after });
  });

  it('starts again when an item stands on two pages', async () => {
    const before = ids(250);
    const after = ['new', ...ids(250).slice(0, 249)];
    const { listed } = await list((offset, call) => pageOf(call === 0 ? before : after, offset));
    expect(listed).toEqual({ outcome: 'read', items: after });
  });

  it('starts again when one page alone tells another total', async () => {
    const all = ids(350);
    const { listed, leftMs } = await list((offset, call) => {
      const page = pageOf(all, offset);
      return call === 1 && page.ok ? { ...page, value: { ...page.value, total: 351 } } : page;
    });
    expect(listed).toEqual({ outcome: 'read', items: all });
    expect(leftMs.length).toBeGreaterThan(4);
  });

  it('gives up on a listing that changes every time', async () => {
    const { listed } = await list((offset, call) => pageOf(ids(250 + call), offset));
    expect(listed).toEqual({ outcome: 'restless', attempts: 5 });
  });

  it.each<{ kind: CloudErrorKind; calls: number; sent?: boolean }>([
    { kind: 'throttled', calls: 20 },
    { kind: 'network', calls: 5 },
    { kind: 'network', calls: 3, sent: false },
    { kind: 'transient', calls: 5 },
    { kind: 'credential', calls: 2 },
    { kind: 'clock', calls: 2 },
    { kind: 'retired', calls: 2 },
    { kind: 'denied', calls: 1 },
    { kind: 'invalid', calls: 1 },
  ])('asks $calls times before it tells of $kind (sent: $sent)', async ({ kind, calls, sent }) => {
    const { listed, leftMs } = await list(() => failing(kind, sent));
    expect(listed).toMatchObject({ outcome: 'failed', error: { kind } });
    expect(leftMs).toHaveLength(calls);
  });

  it('goes on after a failure that passes', async () => {
    const all = ids(300);
    const kinds: CloudErrorKind[] = ['throttled', 'network', 'transient', 'clock'];
    const { listed } = await list((offset, call) => {
      const kind = kinds[call];
      return kind === undefined ? pageOf(all, offset) : failing(kind);
    });
    expect(listed).toEqual({ outcome: 'read', items: all });
  });

  it('rejects when it is aborted', async () => {
    const clock = new VirtualClock();
    const stop = new AbortController();
    const source = {
      page: (_: number, signal: AbortSignal) => clock.sleep(1_000, signal).then(() => pageOf(ids(1), 0)),
      idOf: (item: string) => item,
    };
    const bucket = new QuotaBucket({ limit: 1 });
    const work = listAll(source, { clock, random: seededRandom(1), bucket, signal: stop.signal });
    stop.abort();
    await expect(work).rejects.toBe(stop.signal.reason);
  });
});
