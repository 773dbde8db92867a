import { expect, it } from 'vitest';
import type { InstanceId, SecurityGroupId } from '../../api/ids.ts';
import type { Explanation } from '../../manager/explanation.ts';
import type { RuleReader } from '../../ports/rules.ts';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import { LONGEST_READ_MS, trafficOf } from './perform-why.ts';

const explained: Pick<Explanation, 'scope' | 'status'> = {
  scope: { account: 'default', region: 'ap-guangzhou' },
  status: {
    instanceId: 'ins-data0000' as InstanceId,
    state: 'InSync',
    reason: 'InSync',
    message: '',
    sgIds: ['sg-web00001' as SecurityGroupId],
  },
};

const failureText = () => 'a failure';

it.each([
  {
    what: 'heeds the signal',
    readRules: (_: unknown, signal: AbortSignal) =>
      new Promise<never>((__, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
      ),
  },
  { what: 'never ends', readRules: () => new Promise<never>(() => {}) },
])('waits ten seconds for the rules and no longer, also where the read $what', async ({ readRules }) => {
  const clock = new VirtualClock();
  const reader: RuleReader = { readRules, readReferrers: () => Promise.reject(new Error('not asked')) };
  const reading = trafficOf(explained, { readers: { rules: () => reader }, clock, failureText });
  let ended = false;
  void reading.then(() => {
    ended = true;
  });
  await clock.advance(LONGEST_READ_MS - 1);
  expect(ended).toBe(false);
  await clock.advance(1);
  expect(await reading).toEqual({
    notRead: 'the cloud did not answer within 10s; --traffic off does not ask it',
  });
});

it('asks nothing of an instance whose list nobody has read', async () => {
  const readers = {
    rules: () => {
      throw new Error('asked');
    },
  };
  const { scope } = explained;
  expect(
    await trafficOf({ ...(scope && { scope }) }, { readers, clock: new VirtualClock(), failureText }),
  ).toEqual({ notRead: 'the list of the instance is not known' });
});
