/** Says in the log when a binding stops being ready for a reason that one would want to be told, and when it is again. */
import type { Condition } from '../../api/conditions.ts';
import type { BindingKey } from '../../api/ids.ts';
import type { Log } from '../../runtime/log.ts';
import type { BindingVerdict, Sink } from '../../sinks/port.ts';

/** Reasons that pass by themselves within moments. */
const PASSING = new Set(['Progressing', 'NotObserved', 'Drifted']);

export class ToldVerdicts implements Sink {
  readonly #log: Log;
  /** The reason that was told last of each binding that is not ready. */
  readonly #told = new Map<BindingKey, string>();

  constructor(log: Log) {
    this.#log = log;
  }

  publish(verdicts: readonly BindingVerdict[]): void {
    for (const { key, conditions, scope } of verdicts) {
      const ready = conditions.find(({ type }) => type === 'Ready');
      if (ready === undefined) continue;
      const fields = { binding: key, account: scope.account, region: scope.region, reason: ready.reason };
      if (ready.status === 'True') {
        if (this.#told.delete(key)) this.#log.info(fields, `${key} is ready again`);
      } else if (!PASSING.has(ready.reason) && this.#told.get(key) !== ready.reason) {
        this.#told.set(key, ready.reason);
        this.#log.warn(fields, `${key} is not ready: ${ready.message}`);
      }
    }
  }

  retire(keys: readonly BindingKey[]): void {
    for (const key of keys) this.#told.delete(key);
  }

  previous(): readonly Condition[] {
    return [];
  }
}
