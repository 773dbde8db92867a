import { describe, expect, it } from 'vitest';
import type { BindingKey } from '../../src/api/ids.ts';
import { FORMAT_NAMES, notificationOf, targetWorld } from './target-world.ts';

const MINUTE_MS = 60_000;
const numbered = (n: number) =>
  notificationOf({
    title: `change ${n}`,
    severity: n === 150 ? 'error' : 'warning',
    kind: n % 2 === 0 ? 'drift' : 'refused',
    bindings: [`shop/b${n}` as BindingKey],
  });

describe.each(FORMAT_NAMES)('a flood of messages to %s', (format) => {
  it('of 200 at once is a few, the worst by itself, and one that tells of the rest', async () => {
    const { queue, clock, vendor, counts } = targetWorld(format);
    for (let n = 0; n < 200; n++) queue.add(numbered(n));
    await clock.advance(10 * MINUTE_MS);
    expect(vendor.refused).toEqual([]);
    expect(vendor.accepted.length).toBeLessThanOrEqual(6);
    expect(vendor.accepted[0]).toContain('change 150');
    expect(vendor.accepted.at(-1)).toMatch(
      /196 messages at once.*and 188 more: \d+ (?:drift|refused), \d+ (?:drift|refused)/s,
    );
    expect(counts).toEqual({ sent: 4, summarised: 196 });
  });

  it('that goes on for an hour never meets the limit of the vendor, and nothing is lost', async () => {
    const { queue, clock, vendor, counts } = targetWorld(format);
    for (let n = 0; n < 3_600; n++) {
      queue.add(numbered(n));
      await clock.advance(1_000);
    }
    await clock.advance(10 * MINUTE_MS);
    expect(vendor.refused).toEqual([]);
    expect((counts.sent ?? 0) + (counts.summarised ?? 0)).toBe(3_600);
  });
});

describe('a target', () => {
  it('that says it gets too much is left alone for as long as its vendor blocks', async () => {
    const { queue, clock, vendor } = targetWorld('dingtalk');
    // Somebody else uses the robot as well.
    for (let n = 0; n < 21; n++)
      vendor.handle({
        method: 'POST',
        url: vendor.url('https://x'),
        headers: { 'content-type': 'application/json' },
        body: '{"markdown":{}}',
      });
    vendor.refused.length = 0;
    queue.add(numbered(1));
    await clock.advance(9 * MINUTE_MS);
    expect(vendor.refused).toHaveLength(1);
    await clock.advance(3 * MINUTE_MS);
    expect(vendor.accepted).toHaveLength(1);
  });

  it('that is away for an hour costs a few tries of each message, and memory for so many', async () => {
    const { queue, clock, vendor, counts, log } = targetWorld('wecom');
    vendor.broken = () => ({ status: 503, headers: {}, body: 'away' });
    for (let n = 0; n < 2_000; n++) queue.add(numbered(n));
    await clock.advance(60 * MINUTE_MS);
    expect(vendor.refused.length).toBeLessThan(100);
    expect(counts).toEqual({ dropped: 1_500, failed: 500 });
    expect(
      log.filter((line) => line.startsWith('a message to "ops" is given up')).length,
    ).toBeLessThanOrEqual(6);
    vendor.broken = undefined;
    queue.add(numbered(1));
    await clock.advance(10 * MINUTE_MS);
    expect(vendor.accepted).toHaveLength(1);
  });

  it('gets a message again that failed in passing, and not one that can only fail', async () => {
    const { queue, clock, vendor, counts } = targetWorld('feishu');
    vendor.broken = () => ({ status: 502, headers: {}, body: '' });
    queue.add(numbered(1));
    await clock.advance(3_000);
    vendor.broken = undefined;
    await clock.advance(MINUTE_MS);
    expect(counts).toEqual({ sent: 1 });
    vendor.broken = () => ({ status: 200, headers: {}, body: '{"code":19024,"msg":"Key Words Not Found"}' });
    queue.add(numbered(2));
    await clock.advance(60 * MINUTE_MS);
    expect(vendor.refused).toHaveLength(2);
    expect(counts).toEqual({ sent: 1, failed: 1 });
  });

  it('gets what waits when the process ends, as far as it may', async () => {
    const { queue, clock, vendor, counts } = targetWorld('wecom');
    for (let n = 0; n < 30; n++) queue.add(numbered(n));
    const finished = queue.finish();
    await clock.advance(1_000);
    await finished;
    expect(vendor.accepted).toHaveLength(5);
    expect(counts).toEqual({ sent: 4, summarised: 26, dropped: 0 });
  });

  it('gets the message that is on its way when the process ends', async () => {
    const { queue, clock, vendor } = targetWorld('wecom');
    queue.add(numbered(1));
    await clock.advance(2_010);
    let ended = false;
    void queue.finish().then(() => {
      ended = true;
    });
    await clock.advance(10);
    expect({ ended, sent: vendor.accepted.length }).toEqual({ ended: false, sent: 0 });
    await clock.advance(100);
    expect({ ended, sent: vendor.accepted.length }).toEqual({ ended: true, sent: 1 });
  });

  it.each([
    ['what is less serious than it wants', { severity: 'error' }, false],
    ['what is of another kind', { kinds: ['plan-waits'] }, false],
    ['what is of its kinds', { kinds: ['plan-waits', 'refused'] }, true],
    ['what is of another namespace', { namespaces: ['bank', 'sho'] }, false],
    ['what is of its namespaces', { namespaces: ['sh*'] }, true],
  ] as const)('is told by its filters: %s', async (_, filter, isWanted) => {
    const { queue, clock, vendor } = targetWorld('wecom', filter);
    queue.add(notificationOf({ kind: 'refused' }));
    await clock.advance(MINUTE_MS);
    expect(vendor.accepted).toHaveLength(isWanted ? 1 : 0);
  });

  it('is told of the bindings of its namespaces and of no others', async () => {
    const { queue, clock, vendor } = targetWorld('wecom', { namespaces: ['shop'] });
    queue.add(notificationOf({ bindings: ['shop/web', 'bank/vault', 'git:shop/api'] as BindingKey[] }));
    await clock.advance(MINUTE_MS);
    expect(vendor.accepted[0]).toContain('2 bindings: shop/web, git:shop/api');
    expect(vendor.accepted[0]).not.toContain('bank');
  });
});
