/** Gathers which bindings may read differently and publishes their verdicts, a bounded number at a time. */
import type { BindingKey, InstanceId } from '../../api/ids.ts';
import { messageOf } from '../../api/message-of.ts';
import type { ClaimIndex } from '../../core/claim-index.ts';
import { type Binding, type Scope, scopeKey } from '../../core/model.ts';
import { movedNote } from '../../core/report.ts';
import type { RestorationEnd } from '../../core/restoration.ts';
import type { Log } from '../../runtime/log.ts';
import type { BindingVerdict, Sink } from '../../sinks/port.ts';
import type { Departures } from '../departures.ts';
import type { Restorations } from '../restoration/restorations.ts';
import { bindingVerdict, departureVerdict, type VerdictParts } from './binding-verdict.ts';
import { PassingSteps } from './passing-steps.ts';
import { verdictFingerprint } from './verdict-fingerprint.ts';

/** Verdicts of one publication: more would hold up the event loop. */
const VERDICTS_AT_ONCE = 100;
/** What could not be published is tried again after this long. */
const AGAIN_MS = 10_000;
/** Instances whose verdicts are made before the event loop gets its turn. */
const INSTANCES_AT_ONCE = 5_000;

export interface ReporterOptions extends VerdictParts {
  readonly claims: ClaimIndex;
  readonly restorations: Pick<Restorations, 'claim'>;
  readonly departures: Pick<Departures, 'get' | 'of'>;
  readonly sinks: readonly Sink[];
  readonly log: Log;
  readonly everyMs: number;
  /** Whether this replica speaks for the binding; what it does not is dropped, and noted again when it does. */
  readonly mayPublish: (binding: Binding) => boolean;
}

export class Reporter {
  readonly #options: ReporterOptions;
  readonly #dirty = new Set<BindingKey>();
  /** To be published whatever they say: something waits for it. */
  readonly #urgent = new Set<BindingKey>();
  readonly #steps: PassingSteps;
  /** The fingerprint of what was last published for each binding: a verdict that says the same is not published again. */
  readonly #published = new Map<BindingKey, string>();
  #cancel: (() => void) | undefined;
  readonly #unpublished = new Set<BindingKey>();
  #cancelAgain: (() => void) | undefined;
  #closed = false;

  constructor(options: ReporterOptions) {
    this.#options = options;
    for (const sink of options.sinks) sink.onAltered?.((keys) => this.#publishAgain(keys));
    this.#steps = new PassingSteps({ clock: options.clock, recheck: (key) => this.touchBinding(key) });
  }

  /** Notes that every binding which names an instance may read differently. */
  touchInstance(instanceId: InstanceId): void {
    const { claims, restorations } = this.#options;
    for (const { key } of claims.naming(instanceId)) this.touchBinding(key);
    const restoring = restorations.claim(instanceId);
    if (restoring !== undefined) this.touchBinding(restoring.winner.key);
  }

  touchBinding(key: BindingKey): void {
    if (this.#closed) return;
    this.#dirty.add(key);
    this.#cancel ??= this.#options.clock.setTimer(this.#options.everyMs, () => this.#publishSome());
  }

  /** Publishes these without a wait, also when they say nothing new or pass through a step in between. */
  hurry(keys: Iterable<BindingKey>): void {
    if (this.#closed) return;
    for (const key of keys) {
      this.#urgent.add(key);
      this.#dirty.add(key);
    }
    this.#cancel?.();
    this.#cancel = this.#options.clock.setTimer(0, () => this.#publishSome());
  }

  /** Notes every binding of a scope, and returns them. */
  touchScope(scope: string): readonly Binding[] {
    const bindings = [...this.#options.claims.bindings.values()];
    const concerned = bindings.filter((binding) => scopeKey(binding.scope) === scope);
    for (const { key } of concerned) this.touchBinding(key);
    return concerned;
  }

  /** Notes every binding of these scopes. */
  touchScopes(scopes: ReadonlySet<string>): void {
    for (const [key, { scope }] of this.#options.claims.bindings)
      if (scopes.has(scopeKey(scope))) this.touchBinding(key);
  }

  /** A scope is this replica's from now on: what another one said of its bindings meanwhile may be something else. */
  gained(scope: string): void {
    const declared = this.touchScope(scope).map(({ key }) => key);
    const departing = [...this.#options.departures.of(scope)];
    for (const key of departing) this.touchBinding(key);
    const concerned = [...declared, ...departing];
    for (const key of concerned) this.#published.delete(key);
    this.#tell((sink) => sink.gained?.(concerned));
  }

  /** Publishes everything that is noted but steps in between. */
  flush(): void {
    while (this.#dirty.size > 0) this.#publish();
  }

  /** Publishes what is noted a last time; nothing is published afterwards. */
  close(): void {
    this.flush();
    this.#closed = true;
    this.#cancel?.();
    this.#steps.close();
    this.#cancelAgain?.();
  }

  retire(keys: readonly BindingKey[]): void {
    for (const key of keys) {
      for (const noted of [this.#dirty, this.#urgent, this.#published]) noted.delete(key);
      this.#steps.forget(key);
    }
    this.#tell((sink) => sink.retire(keys));
  }

  /** The calls of a scope have left a generation of the API, see {@link ReporterOptions.retiredOf}. */
  apiMoved(scope: Scope): void {
    const note = movedNote(this.#options.retiredOf(scope));
    const concerned = this.touchScope(scopeKey(scope));
    if (note !== undefined) this.#tell((sink) => sink.apiMoved?.(concerned, note));
  }

  restored(end: RestorationEnd): void {
    this.touchBinding(end.binding.key);
    this.#tell((sink) => sink.restored?.(end));
  }

  #publishAgain(keys: readonly BindingKey[]): void {
    for (const key of keys) {
      this.#published.delete(key);
      this.touchBinding(key);
    }
  }

  #publishSome(): void {
    this.#cancel = undefined;
    this.#publish();
    if (this.#dirty.size > 0) {
      // What is read and written meanwhile gets its turn; who waits for a verdict must not wait for a pause as well.
      this.#cancel = this.#options.clock.setTimer(0, () => this.#publishSome());
    }
  }

  #publish(): void {
    const verdicts: BindingVerdict[] = [];
    let instances = 0;
    for (const key of this.#dirty) {
      if (verdicts.length >= VERDICTS_AT_ONCE || instances >= INSTANCES_AT_ONCE) break;
      this.#dirty.delete(key);
      const declared = this.#options.claims.bindings.get(key);
      const binding = declared ?? this.#options.departures.get(key)?.binding;
      if (binding === undefined || !this.#options.mayPublish(binding)) continue;
      instances += binding.instanceIds.length;
      const departs = declared === undefined;
      const previous = this.#options.sinks.flatMap((sink) => sink.previous(binding.key));
      const verdict = (departs ? departureVerdict : bindingVerdict)(binding, previous, this.#options);
      const urgent = this.#urgent.delete(key);
      if (this.#steps.passes(verdict, { previous, departs }) && !urgent) continue;
      const text = verdictFingerprint(verdict);
      if (this.#published.get(key) === text && !urgent) continue;
      this.#published.set(key, text);
      verdicts.push(verdict);
    }
    if (verdicts.length === 0) return;
    if (!this.#tell((sink) => sink.publish(verdicts))) this.#publishLater(verdicts.map(({ key }) => key));
  }

  /** What one sink could not take is published again to all, once something changes or after a while. */
  #publishLater(keys: readonly BindingKey[]): void {
    for (const key of keys) {
      this.#published.delete(key);
      this.#unpublished.add(key);
    }
    this.#cancelAgain ??= this.#options.clock.setTimer(AGAIN_MS, () => {
      this.#cancelAgain = undefined;
      for (const key of this.#unpublished) this.touchBinding(key);
      this.#unpublished.clear();
    });
  }

  /** A verdict that one sink cannot store must stop neither the engine nor the other sinks. Returns whether all took it. */
  #tell(tell: (sink: Sink) => void): boolean {
    let taken = true;
    for (const sink of this.#options.sinks) {
      try {
        tell(sink);
      } catch (error) {
        const detail = messageOf(error);
        this.#options.log.error({ error: detail }, 'verdicts could not be published');
        taken = false;
      }
    }
    return taken;
  }
}
