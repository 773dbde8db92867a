/** What lasts, and when it is told: each cause once, until it is over for all bindings that have it. */
import type { BindingKey } from '../api/ids.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Notification } from './notification.ts';
import type { Cause } from './status-causes.ts';

export interface LastingCausesOptions {
  readonly clock: Clock;
  readonly send: (notification: Notification) => void;
}

/** What many bindings meet is published within moments; what passes within them is not told. */
const GATHER_MS = 2_000;
/** What still lasts is told again. */
const AGAIN_MS = 86_400_000;

interface Lasting {
  readonly cause: Cause;
  readonly bindings: Set<BindingKey>;
  cancel: () => void;
}

export class LastingCauses {
  readonly #options: LastingCausesOptions;
  readonly #lasting = new Map<string, Lasting>();

  constructor(options: LastingCausesOptions) {
    this.#options = options;
  }

  has(key: string): boolean {
    return this.#lasting.has(key);
  }

  /** Also for one binding more; undefined: it is about none. */
  begin(cause: Cause, binding: BindingKey | undefined, wasTold = false): void {
    const { clock } = this.#options;
    const bindings = binding === undefined ? [] : [binding];
    const known = this.#lasting.get(cause.key);
    if (known !== undefined) {
      for (const one of bindings) known.bindings.add(one);
      return;
    }
    const lasting: Lasting = { cause, bindings: new Set(bindings), cancel: () => {} };
    lasting.cancel = clock.setTimer(wasTold ? AGAIN_MS : GATHER_MS, () => this.#tell(lasting));
    this.#lasting.set(cause.key, lasting);
  }

  /** For one binding; for good with the last. */
  over(key: string, binding: BindingKey): void {
    const lasting = this.#lasting.get(key);
    lasting?.bindings.delete(binding);
    if (lasting?.bindings.size === 0) this.#end(key);
  }

  /** All whose key begins so. */
  endAll(prefix: string): void {
    for (const key of [...this.#lasting.keys()]) if (key.startsWith(prefix)) this.#end(key);
  }

  /** Tells nothing any more. */
  finish(): void {
    for (const { cancel } of this.#lasting.values()) cancel();
  }

  #tell(lasting: Lasting): void {
    const { clock, send } = this.#options;
    lasting.cancel = clock.setTimer(AGAIN_MS, () => this.#tell(lasting));
    const { key: _, scope, ...rest } = lasting.cause;
    const place = scope === '' ? {} : { scope };
    send({ ...rest, ...place, atMs: clock.wall(), bindings: [...lasting.bindings] });
  }

  #end(key: string): void {
    this.#lasting.get(key)?.cancel();
    this.#lasting.delete(key);
  }
}
