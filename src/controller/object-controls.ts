/** What a binding asks for beside its list: a suspension that ends by itself, a pace of its own, a reading at once. */
import type { BindingKey, InstanceId } from '../api/ids.ts';
import type { ClaimIndex } from '../core/claim-index.ts';
import type { InstanceRecord } from '../core/instance-record.ts';
import type { InstanceVerdict } from '../core/instance-verdict.ts';
import { type Binding, type Scope, scopeKey } from '../core/model.ts';
import type { Clock } from '../runtime/clock.ts';
import { Deadlines } from '../runtime/deadlines.ts';
import { ReconcileRequests } from './reconcile-requests.ts';
import type { ScopeController } from './scope/scope-controller.ts';

export interface ObjectControlsOptions {
  readonly claims: ClaimIndex;
  readonly clock: Clock;
  readonly scopeOf: (scope: Scope) => ScopeController | undefined;
  readonly touchBinding: (key: BindingKey) => void;
}

/** Between two requests of one binding that are taken: an annotation costs nothing to write, and its reads go before all others. */
const PACE_MS = 10_000;
/** How long an instance that was not found is left alone by requests; its sweep goes on. */
const NOT_FOUND_MS = 30_000;

export class ObjectControls {
  readonly #options: ObjectControlsOptions;
  readonly #requests = new ReconcileRequests();
  readonly #suspensions: Deadlines<BindingKey>;
  /** When the next request of a binding may be taken. */
  readonly #nextMs = new Map<BindingKey, number>();
  /** The newest request that came before that. */
  readonly #early = new Map<BindingKey, string>();
  readonly #paces: Deadlines<BindingKey>;
  /** What a document asked for when it was last seen: it does not ask anew when something else of it changes. */
  readonly #followed = new Map<BindingKey, string>();

  constructor(options: ObjectControlsOptions) {
    this.#options = options;
    this.#suspensions = new Deadlines(options.clock, (keys) => this.#resume(keys), 'wall');
    this.#paces = new Deadlines(options.clock, (keys) => this.#takeEarly(keys));
  }

  /** The present form of a binding is in the index, and its instances are declared to their scope. */
  follow(key: BindingKey, binding: Binding | undefined): void {
    if (binding === undefined) {
      this.#suspensions.clear(key);
      this.#requests.forget(key);
      for (const known of [this.#nextMs, this.#early, this.#followed]) known.delete(key);
      this.#paces.clear(key);
      return;
    }
    const { suspendUntilMs, intervalMs, reconcileRequest } = binding;
    if (suspendUntilMs === undefined || suspendUntilMs <= this.#options.clock.wall())
      this.#suspensions.clear(key);
    else this.#suspensions.set(key, suspendUntilMs);
    if (intervalMs !== undefined) this.#options.scopeOf(binding.scope)?.keepInterval(intervalMs);
    this.#requests.keep(key, this.#owned(binding));
    if (reconcileRequest === undefined || reconcileRequest === this.#followed.get(key)) return;
    this.#followed.set(key, reconcileRequest);
    this.request(key, reconcileRequest);
  }

  /**
   * Reads the binding's instances at once, unless this request was taken before; not more often than every 10 s, and then
   * the newest that came meanwhile. Returns false for a binding that is not declared.
   */
  request(key: BindingKey, value: string): boolean {
    const { claims, clock } = this.#options;
    const binding = claims.bindings.get(key);
    if (binding === undefined) return false;
    const nextMs = this.#nextMs.get(key) ?? Number.NEGATIVE_INFINITY;
    if (nextMs <= clock.now()) this.#take(binding, value);
    else {
      this.#early.set(key, value);
      this.#paces.set(key, nextMs);
    }
    return true;
  }

  #takeEarly(keys: readonly BindingKey[]): void {
    for (const key of keys) {
      const value = this.#early.get(key);
      const binding = this.#options.claims.bindings.get(key);
      if (value !== undefined && binding !== undefined) this.#take(binding, value);
    }
  }

  #take(binding: Binding, value: string): void {
    const { clock, scopeOf, touchBinding } = this.#options;
    const { key } = binding;
    const scope = scopeOf(binding.scope);
    const ids = this.#owned(binding).filter((id) => !this.#wasJustMissing(scope?.records.get(id)));
    this.#early.delete(key);
    if (!this.#requests.ask(key, value, { ids, nowMs: clock.now() })) return;
    this.#nextMs.set(key, clock.now() + PACE_MS);
    scope?.readNow(ids);
    touchBinding(key);
  }

  #wasJustMissing(record: InstanceRecord | undefined): boolean {
    return record?.missing === true && this.#options.clock.now() - record.observedAtMs < NOT_FOUND_MS;
  }

  /** An instance was read by a call that left at `startedAtMs`. */
  observed(id: InstanceId, startedAtMs: number): void {
    const key = this.#requests.observed(id, startedAtMs);
    if (key !== undefined) this.#options.touchBinding(key);
  }

  /** The newest request of a binding that was handled. */
  handled(key: BindingKey, instances: readonly InstanceVerdict[]): string | undefined {
    return this.#requests.handled(key, instances);
  }

  close(): void {
    this.#suspensions.close();
    this.#paces.close();
  }

  #resume(keys: readonly BindingKey[]): void {
    for (const key of keys) {
      const binding = this.#options.claims.bindings.get(key);
      if (binding === undefined) continue;
      this.#options.touchBinding(key);
      this.#options.scopeOf(binding.scope)?.declarations.declare(this.#owned(binding), { firstSeen: false });
    }
  }

  #owned(binding: Binding): InstanceId[] {
    const { claims } = this.#options;
    const scope = scopeKey(binding.scope);
    return binding.instanceIds.filter((id) => claims.claim(id, scope)?.winner.key === binding.key);
  }
}
