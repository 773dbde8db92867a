/**
 * What lasts, and when it is told: each cause once, until it is over for all bindings that have it, whichever process and
 * replica has begun to.
 *
 * begins, and nobody is known to have told it --(2 s)--> told, and recorded once no target waits for it
 * begins, and another one has told it ----------------> told a day after that
 * still lasts a day after it was told ----------------> told again, by the replica that speaks for it
 */
import type { BindingKey } from '../api/ids.ts';
import { type Clock, sinceWall } from '../runtime/clock.ts';
import type { Notification } from './notification.ts';
import type { Cause } from './status-causes.ts';

/** Which causes were sent and last, over processes. None of it throws. */
export interface SentCauses {
  /** When each was sent, by the calendar. */
  all(): Iterable<readonly [key: string, sentMs: number]>;
  put(key: string, sentMs: number): void;
  drop(keys: readonly string[]): void;
}

export interface LastingCausesOptions {
  readonly clock: Clock;
  /** Calls back when no target waits for it any more; never where the process ends before. */
  readonly send: (notification: Notification, settled: () => void) => void;
  /** Undefined: nothing outlives the process. */
  readonly sent: SentCauses | undefined;
  /**
   * Whether this replica speaks for a scope (`account@region`; empty: for what belongs to none); undefined while it cannot
   * know.
   */
  readonly mayTell: (scope: string) => boolean | undefined;
}

/** What many bindings meet is published within moments; what passes within them is not told. */
const GATHER_MS = 2_000;
/** What still lasts is told again. */
const AGAIN_MS = 86_400_000;
/** What another process has told, and this one does not meet for so long, is over: rules of groups, for one, are read late. */
const EARLIER_MS = 600_000;

interface Lasting {
  readonly cause: Cause;
  readonly bindings: Set<BindingKey>;
  /** By whomever. */
  isTold: boolean;
  cancel: () => void;
}

/** What somebody else has told; both by {@link Clock.now}. */
interface Earlier {
  readonly sentMs: number;
  readonly untilMs: number;
}

export class LastingCauses {
  readonly #options: LastingCausesOptions;
  readonly #lasting = new Map<string, Lasting>();
  readonly #earlier = new Map<string, Earlier>();
  #cancelForget: (() => void) | undefined;

  constructor(options: LastingCausesOptions) {
    this.#options = options;
    const { clock, sent } = options;
    for (const [key, sentMs] of sent?.all() ?? []) this.recall(key, sinceWall(clock, sentMs));
  }

  has(key: string): boolean {
    return this.#lasting.has(key);
  }

  /** Another process, or replica, has told it. @param sentMs by {@link Clock.now}. */
  recall(key: string, sentMs: number): void {
    if (this.#lasting.has(key)) return;
    const untilMs = this.#options.clock.now() + EARLIER_MS;
    this.#earlier.set(key, { sentMs, untilMs });
    this.#forgetLater(untilMs);
  }

  /** Also for one binding more; undefined: it is about none. */
  begin(cause: Cause, binding: BindingKey | undefined): void {
    const { clock } = this.#options;
    const bindings = binding === undefined ? [] : [binding];
    const known = this.#lasting.get(cause.key);
    if (known !== undefined) {
      for (const one of bindings) known.bindings.add(one);
      return;
    }
    const earlier = this.#earlier.get(cause.key);
    this.#earlier.delete(cause.key);
    const isTold = earlier !== undefined && clock.now() < earlier.untilMs;
    const lasting: Lasting = { cause, bindings: new Set(bindings), isTold, cancel: () => {} };
    const againMs = isTold ? earlier.sentMs + AGAIN_MS - clock.now() : 0;
    lasting.cancel = clock.setTimer(Math.max(GATHER_MS, againMs), () => this.#due(lasting));
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

  /** Tells what it was about to tell: the next process may take what it reads for told. Nothing is told afterwards. */
  finish(): void {
    this.#cancelForget?.();
    for (const lasting of this.#lasting.values()) {
      lasting.cancel();
      if (!lasting.isTold && this.#speaksFor(lasting) !== false) this.#tell(lasting);
    }
  }

  #due(lasting: Lasting): void {
    const { clock } = this.#options;
    const speaks = this.#speaksFor(lasting);
    const nextMs = speaks === undefined ? GATHER_MS : AGAIN_MS;
    lasting.cancel = clock.setTimer(nextMs, () => this.#due(lasting));
    if (speaks) this.#tell(lasting);
    // Who speaks meets it as well.
    else if (speaks === false) lasting.isTold = true;
  }

  /** What was published here is told here, whoever speaks for the scope meanwhile: to that one it looks told. */
  #speaksFor({ cause, isTold }: Lasting): boolean | undefined {
    return (cause.scope !== '' && !isTold) || this.#options.mayTell(cause.scope);
  }

  #tell(lasting: Lasting): void {
    const { clock, send, sent } = this.#options;
    lasting.isTold = true;
    const { key, scope, ...rest } = lasting.cause;
    const place = scope === '' ? {} : { scope };
    const atMs = clock.wall();
    send({ ...rest, ...place, atMs, bindings: [...lasting.bindings] }, () => {
      if (this.#lasting.get(key) === lasting) sent?.put(key, atMs);
    });
  }

  #end(key: string): void {
    const lasting = this.#lasting.get(key);
    lasting?.cancel();
    if (!this.#lasting.delete(key)) return;
    if (lasting?.isTold) this.#options.sent?.drop([key]);
  }

  #forgetLater(atMs: number): void {
    const { clock, sent } = this.#options;
    this.#cancelForget ??= clock.setTimer(Math.max(0, atMs - clock.now()), () => {
      this.#cancelForget = undefined;
      const nowMs = clock.now();
      const over = [...this.#earlier].filter(([, { untilMs }]) => untilMs <= nowMs).map(([key]) => key);
      for (const key of over) this.#earlier.delete(key);
      sent?.drop(over);
      const [next] = this.#earlier.values();
      if (next !== undefined) this.#forgetLater(next.untilMs);
    });
  }
}
