/** Says in the log when a binding stops being ready for a reason that one would want to be told, and when it is again. */
import type { Condition } from '../../api/conditions.ts';
import type { BindingKey } from '../../api/ids.ts';
import type { Controller } from '../../controller/controller.ts';
import { placedHint } from '../../core/approve-hint.ts';
import type { Binding } from '../../core/model.ts';
import { shellWord } from '../../core/text/shell-word.ts';
import { count, thousands } from '../../core/text/words.ts';
import type { Source } from '../../ports/source.ts';
import type { BindingStatus, Sink } from '../../ports/status.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { inSteps } from '../../runtime/portions.ts';

/** Reasons that pass by themselves within moments. */
const PASSING = new Set(['Progressing', 'NotObserved', 'Drifted']);

export class StatusLogger implements Sink {
  readonly #log: Log;
  readonly #source: string | undefined;
  /** What was told last of each binding that is not ready. */
  readonly #reported = new Map<BindingKey, { readonly reason: string; readonly message: string }>();
  /** The binding that each message was told of first. */
  readonly #firstOf = new Map<string, BindingKey>();

  /** @param source the directory that is followed, for the hints of its bindings. */
  constructor(log: Log, source?: string) {
    this.#log = log;
    this.#source = source;
  }

  publish(statuses: readonly BindingStatus[]): void {
    for (const { key, conditions, scope, origin } of statuses) {
      const ready = conditions.find(({ type }) => type === 'Ready');
      if (ready === undefined) continue;
      const fields = { binding: key, account: scope.account, region: scope.region, reason: ready.reason };
      if (ready.status === 'True') {
        if (this.#reported.has(key)) this.#log.info(fields, `${key} is ready again`);
        this.#forget(key);
      } else if (!PASSING.has(ready.reason) && this.#reported.get(key)?.reason !== ready.reason) {
        this.#forget(key);
        const first = this.#firstOf.get(ready.message);
        this.#reported.set(key, ready);
        if (first === undefined) this.#firstOf.set(ready.message, key);
        const said = placedHint(ready.message, this.#flags(origin));
        const why = first === undefined ? `: ${said}` : `, for the same reason as ${first}`;
        this.#log.warn(fields, `${key} is not ready${why}`);
      }
    }
  }

  #flags({ kind }: BindingStatus['origin']): string {
    return kind === 'kubernetes' ? '--kubernetes' : `--source ${shellWord(this.#source ?? 'DIR')}`;
  }

  remove(keys: readonly BindingKey[]): void {
    for (const key of keys) this.#forget(key);
  }

  #forget(key: BindingKey): void {
    const message = this.#reported.get(key)?.message;
    this.#reported.delete(key);
    if (message !== undefined && this.#firstOf.get(message) === key) this.#firstOf.delete(message);
  }

  previous(): readonly Condition[] {
    return [];
  }
}

const LOOK_EVERY_MS = 500;
/** Bindings that are looked at before other work may go on. */
const BINDINGS_AT_ONCE = 500;

interface InSyncLoggerOptions {
  readonly controller: Pick<Controller, 'claims' | 'statusView'>;
  readonly sources: readonly Pick<Source, 'synced'>[];
  readonly clock: Clock;
  readonly log: Log;
}

/** Says in the log when everything that is declared is in sync: after the start, after a revision and after writes, once each. */
export class InSyncLogger {
  readonly #options: InSyncLoggerOptions;
  #expected = true;
  /** What is left of a pass over all bindings that stopped: the first of them was not in sync. */
  #rest: readonly BindingKey[] | undefined;

  constructor(options: InSyncLoggerOptions) {
    this.#options = options;
  }

  /** Something has changed: it is told again when all is in sync. */
  expect(): void {
    this.#expected = true;
  }

  /** Looks until the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, sources } = this.#options;
    while (!signal.aborted) {
      if (this.#expected && sources.every(({ synced }) => synced))
        await inSteps(this.#look(), { clock, signal }).catch(() => {});
      await clock.sleep(LOOK_EVERY_MS, signal).catch(() => {});
    }
  }

  /** Only a pass over all of them that did not stop tells. Yields when other work may go on. */
  *#look(): Generator<void, void> {
    const { controller, log } = this.#options;
    const { bindings } = controller.claims;
    const isWhole = this.#rest === undefined;
    const keys = this.#rest ?? [...bindings.keys()];
    this.#rest = undefined;
    // What changes while it looks is expected again.
    if (isWhole) this.#expected = false;
    let instances = 0;
    for (const [index, key] of keys.entries()) {
      if (index % BINDINGS_AT_ONCE === BINDINGS_AT_ONCE - 1) yield;
      const binding = bindings.get(key);
      if (binding === undefined) continue;
      if (!this.#isInSync(binding)) {
        this.#expected = true;
        this.#rest = keys.slice(index);
        return;
      }
      instances += binding.instanceIds.length;
    }
    if (!isWhole || bindings.size === 0) {
      this.#expected = true;
      return;
    }
    const what = `${thousands(instances)} of ${count(instances, 'instance')} in sync`;
    log.info({ bindings: bindings.size, instances }, `${what}, ${count(bindings.size, 'binding')}`);
  }

  #isInSync({ key, instanceIds, invalid, selection }: Binding): boolean {
    if (invalid !== undefined || selection !== undefined) return false;
    return instanceIds.every((id) => this.#options.controller.statusView.isInSync(key, id));
  }
}
