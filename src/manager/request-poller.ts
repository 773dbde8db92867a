/** Looks for requests that `cvmsg reconcile` left in the state directory and hands them to the controller. */
import type { BindingKey } from '../api/ids.ts';
import type { Controller } from '../controller/controller.ts';
import type { Source } from '../ports/source.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import { takeRequests } from '../store/sqlite/request-box.ts';

export interface RequestPollerOptions {
  readonly directory: string;
  readonly controller: Pick<Controller, 'requestReconcile'>;
  /** Requests wait until these have told everything. */
  readonly sources: readonly Source[];
  readonly clock: Clock;
  readonly log: Log;
}

const POLL_MS = 500;

/** Polls until the signal aborts. */
export async function pollRequests(options: RequestPollerOptions, signal: AbortSignal): Promise<void> {
  const { directory, controller, sources, clock, log } = options;
  while (!signal.aborted) {
    const ready = sources.every((source) => source.synced);
    for (const { binding, requestedAt } of ready ? takeRequests(directory) : []) {
      const known = controller.requestReconcile(binding as BindingKey, requestedAt);
      const fields = { binding, requestedAt };
      if (known) log.info(fields, 'reads the instances at once, as requested');
      else log.warn(fields, 'was asked to reconcile a binding that is not declared');
    }
    await clock.sleep(POLL_MS, signal).catch(() => {});
  }
}
