import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import { compactWhenCalm } from './compact-when-calm.ts';

function setUp() {
  const clock = new VirtualClock();
  const source = { synced: false };
  const lane = { depth: 0, quota: { allowed: 10, inFlight: 0 }, pulse: { busy: false, steps: 0 } };
  let compactions = 0;
  const stop = new AbortController();
  const done = compactWhenCalm(
    {
      sources: [source],
      scopes: [{ lanes: { read: lane, write: lane } }],
      clock,
      compact: () => {
        compactions++;
      },
    },
    stop.signal,
  );
  return { clock, source, lane, stop, done, compactions: () => compactions };
}

describe('the compaction after the start', () => {
  it('comes once, when everything was read and no call waits or is under way', async () => {
    const { clock, source, lane, done, compactions } = setUp();
    await clock.advance(60_000);
    expect(compactions(), 'the source was not read whole').toBe(0);
    source.synced = true;
    lane.depth = 3;
    await clock.advance(60_000);
    expect(compactions(), 'keys wait').toBe(0);
    lane.depth = 0;
    lane.quota.inFlight = 1;
    await clock.advance(60_000);
    expect(compactions(), 'a call is under way').toBe(0);
    lane.quota.inFlight = 0;
    await clock.advance(60_000);
    await done;
    expect(compactions()).toBe(1);
  });

  it('never comes when the process ends before', async () => {
    const { clock, stop, done, compactions } = setUp();
    await clock.advance(1_000);
    stop.abort();
    await done;
    expect(compactions()).toBe(0);
  });
});
