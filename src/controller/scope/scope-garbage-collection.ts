/** Ends the scopes that nothing has needed for a while: each has a Lease, loops and a place in the metrics. */
import type { ClaimIndex } from '../../core/claim-index.ts';
import { scopeKey } from '../../core/model.ts';
import type { ControllerSettings } from '../../core/settings.ts';
import type { Source } from '../../ports/source.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Leadership } from '../../runtime/leadership.ts';
import type { Restorations } from '../restoration/restorations.ts';
import type { Scopes } from './scopes.ts';

/** A binding that is moved or renamed is away for a moment; its scope is not given up for that. */
const UNNEEDED_MS = 600_000;
const LOOK_EVERY_MS = 60_000;

export interface ScopeGarbageCollectionOptions {
  readonly clock: Clock;
  readonly settings: Pick<ControllerSettings, 'policy'>;
  readonly sources: readonly Pick<Source, 'synced'>[];
  readonly claims: Pick<ClaimIndex, 'bindings'>;
  readonly restorations: Pick<Restorations, 'scopes'>;
  readonly scopes: Pick<Scopes, 'keys' | 'end'>;
  readonly leadership: Pick<Leadership, 'joined' | 'leave'>;
}

export class ScopeGarbageCollection {
  readonly #options: ScopeGarbageCollectionOptions;
  /** Since when each scope was seen without a need. */
  readonly #sinceMs = new Map<string, number>();
  #cancel: (() => void) | undefined;

  constructor(options: ScopeGarbageCollectionOptions) {
    this.#options = options;
  }

  start(): void {
    this.#cancel = this.#options.clock.setTimer(LOOK_EVERY_MS, () => {
      this.#look();
      this.start();
    });
  }

  stop(): void {
    this.#cancel?.();
  }

  #look(): void {
    const { clock, sources, leadership, scopes, settings } = this.#options;
    // Before everything is known, what is needed is not.
    if (!sources.every(({ synced }) => synced)) return this.#sinceMs.clear();
    // What the scope has changed is forgotten with it, so it stays for as long as that counts.
    const longestMs = Math.max(UNNEEDED_MS, settings.policy.blastRadius?.periodMs ?? 0);
    const needed = this.#needed();
    const present = [...leadership.joined(), ...scopes.keys()];
    const garbage = new Set(present.filter((scope) => !needed.has(scope)));
    for (const scope of this.#sinceMs.keys()) if (!garbage.has(scope)) this.#sinceMs.delete(scope);
    for (const scope of garbage) {
      const sinceMs = this.#sinceMs.get(scope) ?? clock.now();
      this.#sinceMs.set(scope, sinceMs);
      // The Lease is kept until the last call has ended.
      if (clock.now() - sinceMs >= longestMs && scopes.end(scope)) leadership.leave(scope);
    }
  }

  #needed(): ReadonlySet<string> {
    const { claims, restorations } = this.#options;
    const needed = new Set(restorations.scopes());
    for (const { scope } of claims.bindings.values()) needed.add(scopeKey(scope));
    return needed;
  }
}
