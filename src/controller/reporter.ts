/** Gathers which bindings may read differently and publishes their verdicts, a bounded number at a time. */
import type { BindingKey, InstanceId } from '../api/ids.ts';
import type { ClaimIndex } from '../core/claim-index.ts';
import type { InstanceVerdict } from '../core/instance-verdict.ts';
import type { Binding } from '../core/model.ts';
import { inSyncCount, report } from '../core/report.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { BindingVerdict, Sink } from '../sinks/port.ts';

/** Verdicts of one publication: more would hold up the event loop. */
const VERDICTS_AT_ONCE = 500;
/** Instances whose verdicts are made before the event loop gets its turn. */
const INSTANCES_AT_ONCE = 5_000;

export interface ReporterOptions {
  readonly claims: ClaimIndex;
  readonly sinks: readonly Sink[];
  readonly clock: Clock;
  readonly log: Log;
  readonly everyMs: number;
  /** Whether this replica speaks for the binding; what it does not is dropped, and noted again when it does. */
  readonly mayPublish: (binding: Binding) => boolean;
  readonly verdictOf: (binding: Binding, instanceId: InstanceId) => InstanceVerdict;
}

export class Reporter {
  readonly #options: ReporterOptions;
  readonly #dirty = new Set<BindingKey>();
  /** The instance table that was last published for each binding, as text: a verdict that says the same is not published again. */
  readonly #published = new Map<BindingKey, string>();
  #cancel: (() => void) | undefined;

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  /** Notes that every claimant of an instance may read differently. */
  touchInstance(instanceId: InstanceId): void {
    const claim = this.#options.claims.claim(instanceId);
    if (claim === undefined) return;
    this.touchBinding(claim.winner.key);
    for (const loser of claim.losers) this.touchBinding(loser.key);
  }

  touchBinding(key: BindingKey): void {
    this.#dirty.add(key);
    this.#cancel ??= this.#options.clock.setTimer(this.#options.everyMs, () => this.#publishSome());
  }

  /** Publishes everything that is noted. */
  flush(): void {
    while (this.#dirty.size > 0) this.#publish();
  }

  retire(keys: readonly BindingKey[]): void {
    for (const key of keys) {
      this.#dirty.delete(key);
      this.#published.delete(key);
    }
    this.#safely(() => {
      for (const sink of this.#options.sinks) sink.retire(keys);
    });
  }

  #publishSome(): void {
    this.#cancel = undefined;
    this.#publish();
    if (this.#dirty.size > 0) {
      this.#cancel = this.#options.clock.setTimer(this.#options.everyMs / 4, () => this.#publishSome());
    }
  }

  #publish(): void {
    const verdicts: BindingVerdict[] = [];
    let instances = 0;
    for (const key of this.#dirty) {
      if (verdicts.length >= VERDICTS_AT_ONCE || instances >= INSTANCES_AT_ONCE) break;
      this.#dirty.delete(key);
      const binding = this.#options.claims.bindings.get(key);
      if (binding === undefined || !this.#options.mayPublish(binding)) continue;
      instances += binding.instanceIds.length;
      const verdict = this.#verdict(binding);
      const text = fingerprint(verdict);
      if (this.#published.get(key) === text) continue;
      this.#published.set(key, text);
      verdicts.push(verdict);
    }
    if (verdicts.length === 0) return;
    this.#safely(() => {
      for (const sink of this.#options.sinks) sink.publish(verdicts);
    });
  }

  #verdict(binding: Binding): BindingVerdict {
    const instances = [...binding.instanceIds].sort().map((id) => this.#options.verdictOf(binding, id));
    const previous = this.#options.sinks.flatMap((sink) => sink.previous(binding.key));
    const lastWriteMs = Math.max(0, ...instances.map((instance) => instance.lastWriteMs ?? 0));
    return {
      key: binding.key,
      scope: binding.scope,
      origin: binding.origin,
      sgIds: binding.sgIds,
      conditions: report({ binding, instances, previous, nowMs: this.#options.clock.now() }),
      instanceCount: instances.length,
      inSyncCount: inSyncCount(instances),
      instances,
      ...(lastWriteMs === 0 ? {} : { lastWriteMs }),
    };
  }

  /** A verdict that cannot be stored must not stop the engine; it is published again when something changes. */
  #safely(publish: () => void): void {
    try {
      publish();
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      this.#options.log.error({ error: detail }, 'verdicts could not be published');
      this.#published.clear();
    }
  }
}

/** Everything users read except transition times, which follow from the rest. */
function fingerprint(verdict: BindingVerdict): string {
  const conditions = verdict.conditions.map(({ type, status, reason, message }) => [
    type,
    status,
    reason,
    message,
  ]);
  return JSON.stringify([conditions, verdict.instances, verdict.origin, verdict.sgIds]);
}
