/** What a binding asks for beside its list: a suspension that ends by itself, a pace of its own, a reading at once. */
import type { BindingKey, InstanceId } from '../api/ids.ts';
import type { ClaimIndex } from '../core/claim-index.ts';
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

export class ObjectControls {
  readonly #options: ObjectControlsOptions;
  readonly #requests = new ReconcileRequests();
  readonly #suspensions: Deadlines<BindingKey>;

  constructor(options: ObjectControlsOptions) {
    this.#options = options;
    this.#suspensions = new Deadlines(options.clock, (keys) => this.#resume(keys), 'wall');
  }

  /** The present form of a binding is in the index, and its instances are declared to their scope. */
  follow(key: BindingKey, binding: Binding | undefined): void {
    if (binding === undefined) {
      this.#suspensions.clear(key);
      this.#requests.forget(key);
      return;
    }
    const { suspendUntilMs, intervalMs, reconcileRequest } = binding;
    if (suspendUntilMs === undefined || suspendUntilMs <= this.#options.clock.wall())
      this.#suspensions.clear(key);
    else this.#suspensions.set(key, suspendUntilMs);
    if (intervalMs !== undefined) this.#options.scopeOf(binding.scope)?.keepInterval(intervalMs);
    this.#requests.keep(key, this.#owned(binding));
    if (reconcileRequest !== undefined) this.request(key, reconcileRequest);
  }

  /** Reads the binding's instances at once, unless this request was taken before. Returns false for a binding that is not declared. */
  request(key: BindingKey, value: string): boolean {
    const { claims, clock, scopeOf, touchBinding } = this.#options;
    const binding = claims.bindings.get(key);
    if (binding === undefined) return false;
    const ids = this.#owned(binding);
    if (this.#requests.ask(key, value, { ids, nowMs: clock.now() })) {
      scopeOf(binding.scope)?.readNow(ids);
      touchBinding(key);
    }
    return true;
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
