/**
 * Which scopes (accounts and regions) are served. A Lease, dispatchers and metrics cost something, and whoever can write a
 * binding can invent accounts and regions; so a scope waits until its credentials and region have answered once.
 *
 * wanted --(the policy, or the number of its namespace or tenant, does not allow it)--> refused, until that changes
 * wanted --(a Lease of it is there: it has answered some replica)-----------> served
 * wanted --(one call is answered; few at once, each tenant in its turn)-----> served: joined, and from then on as ever
 * wanted --(the call fails)-------------------------------------------------> asked again later; its bindings say why
 *
 * Each replica asks for itself, because a read needs no Lease. What is to be said of scopes that are not served is said
 * by the replica that holds one Lease for all of them.
 */
import type { BindingKey } from '../../api/ids.ts';
import { messageOf } from '../../api/message-of.ts';
import type { AllowedScopes } from '../../core/allowed-scopes.ts';
import type { CloudError } from '../../core/cloud-error.ts';
import type { Scope } from '../../core/model.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Leadership, LeadershipListener } from '../../runtime/leadership.ts';
import type { Log } from '../../runtime/log.ts';
import type { Random } from '../../runtime/random.ts';
import { ScopeDemand, type WantedScope } from './scope-demand.ts';
import type { ServedScopes } from './served-scopes.ts';
import { notAllowed, type ScopeObstacle, scopeOf, tooMany, unanswered } from './served-scopes.ts';

/** Who can tell whether an account and a region are there. */
export interface ScopeAnswers {
  /** One call for a scope; undefined when the credentials and the region have answered. Never rejects. */
  probe(scope: Scope, signal: AbortSignal): Promise<CloudError | undefined>;
  /** Those of these scopes that have answered some replica before. */
  proven(scopes: readonly string[], signal: AbortSignal): Promise<ReadonlySet<string>>;
}

export interface ProbedScopesOptions {
  /** Who acts for the scopes that are served. */
  readonly leadership: Leadership;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly answers: ScopeAnswers;
  readonly allowed: AllowedScopes;
  /** Most scopes that are counted together: those of a namespace, or of a tenant. */
  readonly mostScopes: number;
  /** These scopes are served from now on, or the status of their bindings may differ. */
  readonly onChange: (scopes: ReadonlySet<string>) => void;
}

/** For the Lease of who speaks for the scopes that are not served; no account is called so. */
const NOT_SERVED = 'not-served@';
/** Who takes turns for scopes that something other than a binding needs; no tenant, namespace or folder is called so. */
const REQUIRED = '@required';
/** Calls of one round, and the pause after it. */
const AT_ONCE = 8;
const PAUSE_MS = 1_000;
/** Some other replica may have had an answer meanwhile. */
const LOOK_AGAIN_MS = 10_000;
const FIRST_BACKOFF_MS = 5_000;
const LONGEST_BACKOFF_MS = 60_000;

interface Waiting {
  readonly attempts: number;
  readonly nextAtMs: number;
  readonly error?: CloudError;
}

export class ProbedScopes implements Leadership, ServedScopes {
  readonly isShared: boolean;
  readonly #options: ProbedScopesOptions;
  readonly #served = new Set<string>();
  readonly #waiting = new Map<string, Waiting>();
  /** Those of them that the policy does not allow, and those that have failed to answer. */
  readonly #refused = new Set<string>();
  readonly #failed = new Set<string>();
  readonly #demand: ScopeDemand;
  /** Scopes that something other than a binding needs, such as a list that is to be put back. */
  readonly #required = new Set<string>();
  readonly #turns = new ScopeTurns();
  #listener: LeadershipListener | undefined;
  #wake = () => {};

  constructor(options: ProbedScopesOptions) {
    this.#options = options;
    this.isShared = options.leadership.isShared;
    this.#demand = new ScopeDemand(options.mostScopes, (scope) => this.#served.has(scope));
  }

  isServed(scope: string): boolean {
    return this.#served.has(scope);
  }

  follow(key: BindingKey, wanted: WantedScope | undefined): void {
    const entered = this.#demand.follow(key, wanted);
    if (wanted !== undefined) this.#want(wanted.scope);
    this.#entered(entered);
  }

  obstacle(scope: string): ScopeObstacle | undefined {
    if (this.#served.has(scope)) return undefined;
    const { allowed, mostScopes } = this.#options;
    const denied = notAllowed(scope, allowed);
    if (denied !== undefined) return denied;
    const counted = this.#demand.countedOf(scope);
    if (counted !== undefined && !this.#hasRoom(scope)) return tooMany(counted, mostScopes);
    const error = this.#waiting.get(scope)?.error;
    return error && unanswered(scope, error);
  }

  mayTell(scope: string): boolean {
    const { leadership } = this.#options;
    if (this.#served.has(scope)) return leadership.mayAct(scope);
    // About to be asked for the first time.
    if (this.#waiting.has(scope) && this.#hasRoom(scope) && this.obstacle(scope) === undefined) return false;
    leadership.join(NOT_SERVED);
    return leadership.mayAct(NOT_SERVED);
  }

  mayAct(scope: string): boolean {
    return this.#served.has(scope) && this.#options.leadership.mayAct(scope);
  }

  /** Something other than a binding needs the scope: it was served before. */
  join(scope: string): void {
    if (!this.#served.has(scope) && this.#required.has(scope)) return;
    this.#required.add(scope);
    this.#want(scope);
  }

  *joined(): Generator<string> {
    yield* this.#served;
    yield* this.#waiting.keys();
  }

  leave(scope: string): void {
    const entered = this.#demand.forget(scope);
    this.#required.delete(scope);
    this.#endWait(scope);
    if (this.#served.delete(scope)) this.#options.leadership.leave(scope);
    this.#quit();
    this.#entered(entered);
  }

  /** What leadership is to tell, given who is to be told of served scopes. */
  listen(listener: LeadershipListener): LeadershipListener {
    this.#listener = listener;
    return {
      gained: (scope) => {
        if (scope === NOT_SERVED) this.#reported(this.#waiting.keys());
        else listener.gained(scope);
      },
      drain: (scope) => listener.drain(scope),
    };
  }

  /** Asks for the scopes that wait, until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      const more = this.#waiting.size > 0 && (await this.#round(signal));
      const timer = new AbortController();
      const pauseMs = this.#waiting.size === 0 ? Number.POSITIVE_INFINITY : more ? PAUSE_MS : LOOK_AGAIN_MS;
      const pause = clock.sleep(pauseMs, AbortSignal.any([signal, timer.signal])).catch(() => {});
      await (more ? pause : Promise.race([pause, woken]));
      timer.abort();
    }
  }

  /** One round of calls; returns whether others wait for theirs. */
  async #round(signal: AbortSignal): Promise<boolean> {
    const { answers, log, clock } = this.#options;
    const known = await answers.proven([...this.#waiting.keys()], signal).catch((error: unknown) => {
      if (!signal.aborted) log.warn({ error: messageOf(error) }, 'the leases of scopes could not be listed');
      return new Set<string>();
    });
    for (const scope of known) if (this.#waiting.has(scope) && !this.#refused.has(scope)) this.#serve(scope);
    const due = this.#due(clock.now());
    const asked = this.#turns.take(due.queues, AT_ONCE);
    await Promise.all(asked.map((scope) => this.#probe(scope, signal)));
    return due.count > asked.length;
  }

  /** Those whose time has come, by who takes turns for them. */
  #due(nowMs: number): { readonly queues: ReadonlyMap<string, readonly string[]>; readonly count: number } {
    const queues = new Map<string, string[]>();
    let count = 0;
    for (const [scope, { nextAtMs }] of this.#waiting) {
      if (nextAtMs > nowMs || this.#refused.has(scope) || !this.#hasRoom(scope)) continue;
      count++;
      const turns = this.#demand.turnsOf(scope);
      for (const turn of this.#required.has(scope) ? [...turns, REQUIRED] : turns) {
        const queue = queues.get(turn);
        if (queue === undefined) queues.set(turn, [scope]);
        else queue.push(scope);
      }
    }
    return { queues, count };
  }

  async #probe(scope: string, signal: AbortSignal): Promise<void> {
    const { clock, random, log, answers } = this.#options;
    const error = await answers.probe(scopeOf(scope), signal);
    const waiting = this.#waiting.get(scope);
    if (signal.aborted || waiting === undefined) return;
    if (error === undefined) return this.#serve(scope);
    const { attempts } = waiting;
    const backoffMs = Math.min(FIRST_BACKOFF_MS * 2 ** Math.min(attempts, 8), LONGEST_BACKOFF_MS);
    const nextAtMs = clock.now() + backoffMs * (0.75 + random.next() / 2);
    // Behind those that have not been asked since.
    this.#waiting.delete(scope);
    this.#waiting.set(scope, { attempts: attempts + 1, nextAtMs, error });
    this.#failed.add(scope);
    log.warn({ scope, code: error.code }, `an account and region have not answered yet: ${error.message}`);
    this.#reported([scope]);
  }

  #serve(scope: string): void {
    const { leadership } = this.#options;
    this.#endWait(scope);
    this.#served.add(scope);
    this.#demand.serve(scope);
    this.#options.onChange(new Set([scope]));
    leadership.join(scope);
    this.#quit();
    // Where nobody competes, nobody tells that it was gained.
    if (leadership.mayAct(scope)) this.#listener?.gained(scope);
  }

  #want(scope: string): void {
    if (this.#served.has(scope)) return this.#options.leadership.join(scope);
    const waiting = this.#waiting.get(scope);
    if (waiting === undefined && notAllowed(scope, this.#options.allowed) !== undefined)
      this.#refused.add(scope);
    const { attempts = 0, nextAtMs = 0, ...rest } = waiting ?? {};
    // Somebody has changed something: it is asked again soon.
    const soonMs = this.#options.clock.now() + (attempts === 0 ? 0 : FIRST_BACKOFF_MS);
    this.#waiting.set(scope, { ...rest, attempts, nextAtMs: Math.min(nextAtMs, soonMs) });
    this.#wake();
  }

  #hasRoom(scope: string): boolean {
    return this.#required.has(scope) || this.#demand.hasRoom(scope);
  }

  #endWait(scope: string): void {
    this.#waiting.delete(scope);
    this.#refused.delete(scope);
    this.#failed.delete(scope);
  }

  /** These have room now. */
  #entered(scopes: readonly string[]): void {
    if (scopes.length === 0) return;
    this.#reported(scopes);
    this.#wake();
  }

  /** Nobody has to speak for scopes that are not served when nothing is to be said of any. */
  #quit(): void {
    if (this.#refused.size > 0 || this.#failed.size > 0 || this.#demand.isOverfull) return;
    this.#options.leadership.leave(NOT_SERVED);
  }

  #reported(scopes: Iterable<string>): void {
    const reported = new Set([...scopes].filter((scope) => this.obstacle(scope) !== undefined));
    if (reported.size > 0) this.#options.onChange(reported);
  }
}

// Whose scope is asked next. Everybody has a turn before anybody has another one. Who comes back, or comes for the first
// time, stands with those who have had the fewest turns, and can neither overtake them by that nor keep them waiting.

interface Queued {
  readonly turn: string;
  next: number;
  readonly scopes: Iterator<string>;
}

/** The turn of one that has nothing left. */
const NEVER = Number.POSITIVE_INFINITY;

export class ScopeTurns {
  /** The turn that each one has next. */
  readonly #next = new Map<string, number>();
  /** The turn that was had last. */
  #now = 0;

  /** Takes so many of the scopes that wait, each once. @param queues the scopes of each one; all others are forgotten. */
  take(queues: ReadonlyMap<string, readonly string[]>, most: number): string[] {
    for (const turn of this.#next.keys()) if (!queues.has(turn)) this.#next.delete(turn);
    // The turn that was had last does not pass one that waits, so all who have not been asked yet stand there.
    const queued: Queued[] = [];
    for (const [turn, scopes] of queues)
      queued.push({ turn, next: this.#next.get(turn) ?? this.#now, scopes: scopes.values() });
    const taken = new Set<string>();
    while (taken.size < most) {
      const first = firstOf(queued);
      if (first === undefined) break;
      const scope = nextOf(first.scopes, taken);
      if (scope === undefined) {
        first.next = NEVER;
        continue;
      }
      taken.add(scope);
      this.#now = first.next;
      first.next++;
      this.#next.set(first.turn, first.next);
    }
    return [...taken];
  }

  /** How many are remembered. */
  get size(): number {
    return this.#next.size;
  }
}

/** The one that has had the fewest turns. */
function firstOf(queued: readonly Queued[]): Queued | undefined {
  let first: Queued | undefined;
  let least = NEVER;
  for (const one of queued) {
    if (one.next >= least) continue;
    first = one;
    least = one.next;
  }
  return first;
}

/** The next that is not taken. */
function nextOf(scopes: Iterator<string>, taken: ReadonlySet<string>): string | undefined {
  for (;;) {
    const { value, done = false } = scopes.next();
    if (done) return undefined;
    if (!taken.has(value)) return value;
  }
}
