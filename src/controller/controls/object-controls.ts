/** What a binding asks for beside its list: a suspension that ends by itself, a pace of its own, a reading at once. */
import type { BindingKey, InstanceId } from '../../api/ids.ts';
import type { ClaimIndex } from '../../core/claim-index.ts';
import type { InstanceRecord } from '../../core/instance.ts';
import type { InstanceStatus } from '../../core/instance-status.ts';
import { type Binding, scopeKey } from '../../core/model.ts';
import type { Clock } from '../../runtime/clock.ts';
import { Deadlines } from '../../runtime/deadlines.ts';
import { Paced } from '../../runtime/keyed-throttle.ts';
import type { ReconcileRequests } from '../queues/reconcile-requests.ts';
import type { StatusQueue } from '../queues/status-queue.ts';
import type { Scopes } from '../scope/scopes.ts';

export interface ObjectControlsOptions {
  readonly claims: ClaimIndex;
  readonly clock: Clock;
  readonly scopes: Pick<Scopes, 'get'>;
  readonly statuses: Pick<StatusQueue, 'enqueueBinding'>;
  readonly reconcileRequests: ReconcileRequests;
}

/** Pause between two requested reads of one binding: an annotation costs nothing to write, and its reads go before all others. */
const PACE_MS = 10_000;
/** How long requests skip an instance that was not found; sweeps go on reading it. */
const NOT_FOUND_MS = 30_000;

export class ObjectControls {
  readonly #options: ObjectControlsOptions;
  readonly #suspensions: Deadlines<BindingKey>;
  readonly #asked: Paced<BindingKey, string>;
  readonly #emergencies: Paced<BindingKey, true>;
  /** The request of a document when it was last seen: another change of the document is no new request. */
  readonly #followed = new Map<BindingKey, string>();

  constructor(options: ObjectControlsOptions) {
    this.#options = options;
    this.#suspensions = new Deadlines(options.clock, (keys) => this.#resume(keys), 'wall');
    const pace = { clock: options.clock, everyMs: PACE_MS };
    this.#asked = new Paced({ ...pace, take: (key, value) => this.#take(key, value) });
    this.#emergencies = new Paced({ ...pace, take: (key) => this.#readNow(key) });
  }

  /** The present form of a binding is in the index, and its instances are declared to their scope. */
  follow(key: BindingKey, binding: Binding | undefined): void {
    if (binding === undefined) {
      this.#suspensions.clear(key);
      this.#options.reconcileRequests.forget(key);
      for (const known of [this.#asked, this.#emergencies]) known.forget(key);
      this.#followed.delete(key);
      return;
    }
    const { suspendUntilMs, intervalMs, reconcileRequest } = binding;
    if (suspendUntilMs === undefined || suspendUntilMs <= this.#options.clock.wall())
      this.#suspensions.clear(key);
    else this.#suspensions.set(key, suspendUntilMs);
    if (intervalMs !== undefined) this.#options.scopes.get(scopeKey(binding.scope))?.keepInterval(intervalMs);
    this.#options.reconcileRequests.keep(key, this.#owned(binding));
    if (reconcileRequest === undefined || reconcileRequest === this.#followed.get(key)) return;
    this.#followed.set(key, reconcileRequest);
    this.request(key, reconcileRequest);
  }

  /**
   * Reads the binding's instances at once, unless this request was taken before; not more often than every 10 s, and then
   * the newest that came meanwhile. Returns false for a binding that is not declared.
   */
  request(key: BindingKey, value: string): boolean {
    if (!this.#options.claims.bindings.has(key)) return false;
    this.#asked.ask(key, value);
    return true;
  }

  /** An emergency of the binding begins or ends: its instances are read at once, in a pace of its own. */
  emergencyChanged(key: BindingKey): void {
    this.#emergencies.ask(key, true);
  }

  #take(key: BindingKey, value: string): boolean {
    const { clock, statuses } = this.#options;
    const ids = this.#readable(key);
    if (!this.#options.reconcileRequests.ask(key, value, { ids, nowMs: clock.now() })) return false;
    this.#readNow(key);
    statuses.enqueueBinding(key);
    return true;
  }

  #readNow(key: BindingKey): boolean {
    const { claims, scopes } = this.#options;
    const binding = claims.bindings.get(key);
    if (binding !== undefined) scopes.get(scopeKey(binding.scope))?.readNow(this.#readable(key));
    return true;
  }

  /** The binding's instances, without those that were not found a moment ago. */
  #readable(key: BindingKey): InstanceId[] {
    const { claims, scopes } = this.#options;
    const binding = claims.bindings.get(key);
    if (binding === undefined) return [];
    const records = scopes.get(scopeKey(binding.scope))?.records;
    return this.#owned(binding).filter((id) => !this.#wasJustMissing(records?.get(id)));
  }

  #wasJustMissing(record: InstanceRecord | undefined): boolean {
    return record?.missing === true && this.#options.clock.now() - record.observedAtMs < NOT_FOUND_MS;
  }

  /** The newest request of a binding that was handled. */
  handled(key: BindingKey, instances: readonly InstanceStatus[]): string | undefined {
    return this.#options.reconcileRequests.handled(key, instances);
  }

  close(): void {
    for (const timed of [this.#suspensions, this.#asked, this.#emergencies]) timed.close();
  }

  #resume(keys: readonly BindingKey[]): void {
    for (const key of keys) {
      const binding = this.#options.claims.bindings.get(key);
      if (binding === undefined) continue;
      this.#options.statuses.enqueueBinding(key);
      this.#options.scopes
        .get(scopeKey(binding.scope))
        ?.declarations.declare(this.#owned(binding), { firstSeen: false });
    }
  }

  #owned(binding: Binding): InstanceId[] {
    const { claims } = this.#options;
    const scope = scopeKey(binding.scope);
    return binding.instanceIds.filter((id) => claims.claim(id, scope)?.owner.key === binding.key);
  }
}
