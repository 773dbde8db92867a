import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../runtime/virtual-clock.ts';
import { ClockSkew } from './clock-skew.ts';

const START_MS = Date.UTC(2026, 0, 1);
const dateAhead = (clock: VirtualClock, ms: number) => new Date(clock.now() + ms).toUTCString();

describe('the clock skew', () => {
  it('is measured from the Date header and corrected', () => {
    const clock = new VirtualClock(START_MS);
    const skew = new ClockSkew(clock);
    const stamp = skew.stamp();
    expect(stamp.timestampS).toBe(START_MS / 1000);
    expect(skew.refused(stamp, dateAhead(clock, 432_000))).toEqual({ outcome: 'corrected' });
    expect(skew.stamp().timestampS).toBe(START_MS / 1000 + 432);
  });

  it('is reported, not corrected again, when the corrected stamp is refused too', () => {
    const clock = new VirtualClock(START_MS);
    const skew = new ClockSkew(clock);
    skew.refused(skew.stamp(), dateAhead(clock, -60_000));
    const verdict = skew.refused(skew.stamp(), dateAhead(clock, -60_000));
    expect(verdict).toMatchObject({
      outcome: 'uncorrected',
      message: expect.stringContaining("60 s ahead of the cloud's"),
    });
    expect(skew.stamp().timestampS).toBe(START_MS / 1000 - 60);
    expect(skew.refused(skew.stamp(), dateAhead(clock, 5000)), 'after the report').toEqual({
      outcome: 'corrected',
    });
    expect(skew.stamp().timestampS).toBe(START_MS / 1000 + 5);
  });

  it('is corrected again after the cloud accepted a stamp in between', () => {
    const clock = new VirtualClock(START_MS);
    const skew = new ClockSkew(clock);
    skew.refused(skew.stamp(), dateAhead(clock, 400_000));
    skew.accepted(skew.stamp());
    expect(skew.refused(skew.stamp(), dateAhead(clock, 0))).toEqual({ outcome: 'corrected' });
    expect(skew.stamp().timestampS).toBe(START_MS / 1000);
  });

  it('is not held against attempts that were signed before the correction', () => {
    const clock = new VirtualClock(START_MS);
    const skew = new ClockSkew(clock);
    const [first, second] = [skew.stamp(), skew.stamp()];
    skew.refused(first, dateAhead(clock, 400_000));
    expect(skew.refused(second, dateAhead(clock, 400_000))).toEqual({ outcome: 'corrected' });
    skew.accepted(second);
    expect(skew.refused(skew.stamp(), dateAhead(clock, 400_000)).outcome).toBe('uncorrected');
  });

  it.each([undefined, 'yesterday'])('cannot be measured with the Date header %s', (date) => {
    const skew = new ClockSkew(new VirtualClock(START_MS));
    expect(skew.refused(skew.stamp(), date)).toMatchObject({
      outcome: 'uncorrected',
      message: expect.stringContaining('cannot be measured'),
    });
    expect(skew.stamp().timestampS).toBe(START_MS / 1000);
  });
});
