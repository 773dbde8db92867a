/** Reads the rules that explain an instance. They explain more, and nothing waits for them: whatever fails is told in their place. */
import { messageOf } from '../../api/message-of.ts';
import { scopeKey } from '../../core/model.ts';
import type { Explanation } from '../../manager/explanation.ts';
import type { RuleReaders, RuleReading } from '../../ports/rules.ts';
import { type Clock, systemClock } from '../../runtime/clock.ts';
import type { CommandContext } from '../command.ts';
import { createLogger } from '../logging/logger.ts';
import { unreachableText } from '../plan/unreachable-text.ts';
import { wireCloud } from '../wiring/cloud-wiring.ts';
import { listTraffic, type Traffic } from './list-traffic.ts';

export const LONGEST_READ_MS = 10_000;

/** Rejects never. */
export async function readTraffic(context: CommandContext, explanation: Explanation): Promise<Traffic> {
  try {
    await using cloud = wireCloud(context, createLogger(context));
    return await trafficOf(explanation, {
      readers: cloud.ruleReaders,
      clock: systemClock,
      failureText: (failure) => unreachableText(context, failure),
    });
  } catch (error) {
    return { notRead: messageOf(error) };
  }
}

export interface TrafficReading {
  readonly readers: RuleReaders;
  readonly clock: Clock;
  readonly failureText: (failure: Parameters<typeof unreachableText>[1]) => string;
}

export async function trafficOf(
  { scope, status, desired }: Pick<Explanation, 'scope' | 'status' | 'desired'>,
  { readers, clock, failureText }: TrafficReading,
): Promise<Traffic> {
  const observed = status?.sgIds;
  if (scope === undefined || observed === undefined)
    return { notRead: 'the list of the instance is not known' };
  const reader = readers.rules(scope);
  const groups = [...observed, ...(desired ?? [])];
  const reading = await withinLimit(clock, (signal) => reader.readRules(groups, signal));
  if (reading === undefined)
    return {
      notRead: `the cloud did not answer within ${LONGEST_READ_MS / 1_000}s; --traffic off does not ask it`,
    };
  if (!reading.ok) return { notRead: failureText({ scope: scopeKey(scope), error: reading.error }) };
  return listTraffic(reading, { region: scope.region, observed, declared: desired });
}

/** Undefined when it takes longer, also where it does not heed the signal. */
async function withinLimit(
  clock: Clock,
  read: (signal: AbortSignal) => Promise<RuleReading>,
): Promise<RuleReading | undefined> {
  const stop = new AbortController();
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const cancel = clock.setTimer(LONGEST_READ_MS, () => {
    resolve(undefined);
    stop.abort(new Error('the time is up'));
  });
  const reading = read(stop.signal);
  reading.catch(() => {});
  try {
    return await Promise.race([late, reading]);
  } finally {
    cancel();
  }
}
