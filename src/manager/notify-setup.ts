/** What `run` needs to tell people what happens. */
import type { BindingKey } from '../api/ids.ts';
import { Notifier } from '../notify/notifier.ts';
import type { TargetSettings } from '../notify/target.ts';
import { NOTIFICATION_RESULTS, TargetQueue } from '../notify/target-queue.ts';
import type { Sink } from '../ports/status.ts';
import { systemClock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import { systemRandom } from '../runtime/random.ts';
import type { Telemetry } from '../runtime/telemetry.ts';
import type { Transport } from '../runtime/transport.ts';

export interface NotifySettings {
  readonly targets: readonly TargetSettings[];
  readonly transport: Transport;
}

interface NotifierParts {
  readonly notify: NotifySettings | undefined;
  readonly directoryName: string | undefined;
  readonly telemetry: Pick<Telemetry, 'notified'>;
  readonly log: Log;
}

/** The last messages get this long at the end. */
const LAST_MESSAGES_MS = 1_500;

/** @param keeping what keeps statuses over processes. */
export function openNotifier(
  { notify, directoryName, telemetry, log }: NotifierParts,
  keeping: readonly Sink[],
): Notifier | undefined {
  if (notify === undefined) return undefined;
  const sender = { transport: notify.transport, clock: systemClock, random: systemRandom, log };
  const targets = notify.targets.map((target) => {
    for (const result of NOTIFICATION_RESULTS) telemetry.notified(target.name, result, 0);
    return new TargetQueue({
      ...sender,
      target,
      count: (result, notifications) => telemetry.notified(target.name, result, notifications),
    });
  });
  const previous = (key: BindingKey) =>
    keeping.map((sink) => sink.previous(key)).find((conditions) => conditions.length > 0) ?? [];
  return new Notifier({ clock: systemClock, targets, directory: directoryName, previous });
}

/** Resolves when what waits is sent, or has taken too long. */
export async function finishSoon(notifier: Notifier): Promise<void> {
  let cancel = () => {};
  const deadline = new Promise<void>((resolve) => {
    cancel = systemClock.setTimer(LAST_MESSAGES_MS, resolve);
  });
  await Promise.race([notifier.finish(), deadline]);
  cancel();
}
