import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../runtime/virtual-clock.ts';
import { compactWhenCalm } from './compact-when-calm.ts';

function setUp() {
  const clock = new VirtualClock();
  const source = { synced: false };
  const dispatcher = { depth: 0, quota: { allowed: 10, inFlight: 0 }, heartbeat: { busy: false, steps: 0 } };
  let compactions = 0;
  let room = 0;
  const stop = new AbortController();
  const done = compactWhenCalm(
    {
      sources: [source],
      scopes: [{ dispatchers: { read: dispatcher, write: dispatcher } }],
      clock,
      giveRoom: () => {
        room++;
      },
      compact: () => {
        compactions++;
        room = 0;
      },
    },
    stop.signal,
  );
  return { clock, source, dispatcher, stop, done, compactions: () => compactions, room: () => room };
}

describe('the compaction after the start', () => {
  it('comes once, when everything was read and no call waits or is under way', async () => {
    const { clock, source, dispatcher, done, compactions, room } = setUp();
    await clock.advance(60_000);
    expect(compactions(), 'the source was not read whole').toBe(0);
    source.synced = true;
    dispatcher.depth = 3;
    await clock.advance(60_000);
    expect(compactions(), 'keys wait').toBe(0);
    dispatcher.depth = 0;
    dispatcher.quota.inFlight = 1;
    await clock.advance(60_000);
    expect(compactions(), 'a call is under way').toBe(0);
    expect(room(), 'until then there is room').toBeGreaterThan(0);
    dispatcher.quota.inFlight = 0;
    await clock.advance(60_000);
    await done;
    expect(compactions()).toBe(1);
    await clock.advance(60_000);
    expect(room(), 'and none afterwards').toBe(0);
  });

  it('never comes when the process ends before', async () => {
    const { clock, stop, done, compactions } = setUp();
    await clock.advance(1_000);
    stop.abort();
    await done;
    expect(compactions()).toBe(0);
  });
});
