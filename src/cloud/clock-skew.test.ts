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
    const result = skew.refused(skew.stamp(), dateAhead(clock, -60_000));
    expect(result).toMatchObject({
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

  it.each([1, -1])('of up to a day is corrected, and of more is not: %s', (sign) => {
    const clock = new VirtualClock(START_MS);
    const day = 86_400_000 * sign;
    const near = new ClockSkew(clock);
    expect(near.refused(near.stamp(), dateAhead(clock, day))).toEqual({ outcome: 'corrected' });
    expect(near.stamp().timestampS).toBe((START_MS + day) / 1000);
    const far = new ClockSkew(clock);
    expect(far.refused(far.stamp(), dateAhead(clock, day + 1_000 * sign))).toMatchObject({
      outcome: 'uncorrected',
      message: expect.stringMatching(/more than a day .* nothing is signed until the clock is set right/),
    });
    expect(far.stamp().timestampS).toBe(START_MS / 1000);
    expect(far.standstill()).toContain('nothing is signed');
  });

  it('that is too large is measured afresh after five minutes, so that one wrong Date header does no lasting harm', async () => {
    const clock = new VirtualClock(START_MS);
    const skew = new ClockSkew(clock);
    skew.refused(skew.stamp(), dateAhead(clock, 10 * 86_400_000));
    await clock.advance(299_000);
    expect(skew.standstill()).toContain('more than 10 days behind');
    await clock.advance(1_000);
    expect(skew.standstill()).toBeUndefined();
  });

  it('that is too large ends when the machine gets the right time', () => {
    const clock = new VirtualClock(START_MS);
    const skew = new ClockSkew(clock);
    skew.refused(skew.stamp(), dateAhead(clock, -3 * 86_400_000));
    expect(skew.standstill()).toContain("ahead of the cloud's");
    clock.setWall(-3 * 86_400_000);
    expect(skew.standstill()).toBeUndefined();
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
