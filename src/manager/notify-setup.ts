/** What `run` needs to tell people what happens. */
import { messageOf } from '../api/message-of.ts';
import type { SentCauses } from '../notify/lasting-causes.ts';
import { Notifier } from '../notify/notifier.ts';
import type { TargetSettings } from '../notify/target.ts';
import { NOTIFICATION_RESULTS, TargetQueue } from '../notify/target-queue.ts';
import { systemClock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import { systemRandom } from '../runtime/random.ts';
import type { Telemetry } from '../runtime/telemetry.ts';
import type { Transport } from '../runtime/transport.ts';
import { SentCauseTable } from '../store/sqlite/sent-cause-table.ts';
import type { KubernetesSetup } from './kubernetes-setup.ts';
import type { RunState } from './run-state.ts';

export interface NotifySettings {
  readonly targets: readonly TargetSettings[];
  readonly transport: Transport;
}

interface NotifierParts {
  readonly notify: NotifySettings | undefined;
  readonly directoryName: string | undefined;
  readonly state: Pick<RunState, 'directory' | 'file'>;
  readonly cluster: Pick<KubernetesSetup, 'toldStatus' | 'leases'> | undefined;
  readonly telemetry: Pick<Telemetry, 'notified'>;
  readonly log: Log;
}

/** The last messages get this long at the end. */
const LAST_MESSAGES_MS = 1_500;

/** @param mayTell whether this replica speaks for the bindings of a scope. */
export function openNotifier(
  { notify, directoryName, state, cluster, telemetry, log }: NotifierParts,
  mayTell: (scope: string) => boolean,
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
  const file = state.directory === undefined ? undefined : state.file;
  return new Notifier({
    clock: systemClock,
    targets,
    directory: directoryName,
    sent: file && sentCauses(new SentCauseTable(file.database), log),
    mayTell: (scope) => {
      if (scope !== '') return mayTell(scope);
      return cluster === undefined || cluster.leases.isEldest;
    },
    // Of what the state file tells the objects need not.
    earlier: (key) => (file === undefined ? cluster?.toldStatus(key) : undefined),
  });
}

/** A message that is sent twice is no reason to send none: failures are logged. */
function sentCauses(table: SentCauseTable, log: Log): SentCauses {
  const safely = <T>(work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'what was told by messages could not be recorded');
      return undefined;
    }
  };
  return {
    all: () => safely(() => table.all()) ?? [],
    put: (key, sentMs) => safely(() => table.put(key, sentMs)),
    drop: (keys) => safely(() => table.drop(keys)),
  };
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
