/** Somebody else who changes instances back for a while, and how often they are rewritten meanwhile. */
import type { FightRules } from '../../src/core/policy.ts';
import type { ListChange } from '../../src/simulator/state.ts';
import type { World } from './world.ts';

interface Foreign {
  readonly instanceId: string;
  readonly list: readonly string[];
  readonly answersAfterMs: number;
  /** When the count began: with the fight, or with what makes the engine begin anew. */
  sinceMs: number;
  writes: number;
  /** The list that it is rewritten to. */
  declared: string | undefined;
}

export class ForeignWriters {
  readonly #world: World;
  readonly #rules: FightRules;
  readonly #violate: (what: string) => void;
  readonly #fighting = new Map<string, Foreign>();

  constructor(world: World, rules: FightRules, violate: (what: string) => void) {
    this.#world = world;
    this.#rules = rules;
    this.#violate = violate;
  }

  begin(instanceId: string, list: readonly string[], durationMs: number): void {
    if (this.#fighting.has(instanceId)) return;
    const { clock, chance } = this.#world;
    const answersAfterMs = chance.int(500, Math.floor(this.#rules.paceMs / 4));
    this.#fighting.set(instanceId, {
      instanceId,
      list,
      answersAfterMs,
      sinceMs: clock.now(),
      writes: 0,
      declared: undefined,
    });
    this.#world.drift(instanceId, list);
    clock.setTimer(durationMs, () => this.#end(instanceId));
  }

  /** Whoever fights gives up. */
  endAll(): void {
    for (const id of [...this.#fighting.keys()]) this.#end(id);
  }

  /** The engine begins anew with these, or with all: it may rewrite them as often as at first. */
  anew(instanceIds: Iterable<string> = this.#fighting.keys()): void {
    for (const id of instanceIds) {
      const foreign = this.#fighting.get(id);
      if (foreign === undefined) continue;
      foreign.sinceMs = this.#world.clock.now();
      foreign.writes = 0;
    }
  }

  /** The engine has written an instance. */
  rewritten({ instanceId, after, timeMs }: ListChange): void {
    const foreign = this.#fighting.get(instanceId);
    if (foreign === undefined) return;
    const declared = after.join(' ');
    // Another list is another declaration, or the one from before: no rewrite of this one.
    if (foreign.declared !== declared) {
      foreign.declared = declared;
      foreign.sinceMs = timeMs;
      foreign.writes = 0;
    }
    foreign.writes++;
    const { rewrites, paceMs } = this.#rules;
    const most = rewrites + 1 + (timeMs - foreign.sinceMs) / paceMs;
    if (foreign.writes > most)
      this.#violate(
        `${instanceId} was rewritten ${foreign.writes} times in a fight of ${timeMs - foreign.sinceMs} ms, at most ${most.toFixed(1)} may be`,
      );
    this.#world.clock.setTimer(foreign.answersAfterMs, () => {
      if (this.#fighting.get(instanceId) === foreign) this.#world.drift(instanceId, foreign.list);
    });
  }

  #end(instanceId: string): void {
    if (this.#fighting.delete(instanceId)) this.#world.tell(`nobody changes ${instanceId} back any more`);
  }
}
