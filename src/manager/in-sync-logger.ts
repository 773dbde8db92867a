/** Says in the log when everything that is declared is in sync: after the start, after a revision and after writes, once each. */
import type { Controller } from '../controller/controller.ts';
import { count, thousands } from '../core/text/words.ts';
import type { Source } from '../ports/source.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';

const LOOK_EVERY_MS = 500;

export interface InSyncLoggerOptions {
  readonly controller: Pick<Controller, 'claims' | 'statusView'>;
  readonly sources: readonly Pick<Source, 'synced'>[];
  readonly clock: Clock;
  readonly log: Log;
}

export class InSyncLogger {
  readonly #options: InSyncLoggerOptions;
  #expected = true;

  constructor(options: InSyncLoggerOptions) {
    this.#options = options;
  }

  /** Something has changed: it is told again when all is in sync. */
  expect(): void {
    this.#expected = true;
  }

  /** Looks until the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      if (this.#expected) this.#look();
      await clock.sleep(LOOK_EVERY_MS, signal).catch(() => {});
    }
  }

  #look(): void {
    const { controller, sources, log } = this.#options;
    const { bindings } = controller.claims;
    if (bindings.size === 0 || sources.some(({ synced }) => !synced)) return;
    let instances = 0;
    for (const { key, instanceIds, invalid, selection } of bindings.values()) {
      if (invalid !== undefined || selection !== undefined) return;
      for (const id of instanceIds) if (!controller.statusView.isInSync(key, id)) return;
      instances += instanceIds.length;
    }
    this.#expected = false;
    const what = `${thousands(instances)} of ${count(instances, 'instance')} in sync`;
    log.info({ bindings: bindings.size, instances }, `${what}, ${count(bindings.size, 'binding')}`);
  }
}
