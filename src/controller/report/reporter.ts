/** Gathers which bindings may read differently and publishes their statuses, a bounded number at a time. */

import { hash } from 'node:crypto';
import type { BindingKey, InstanceId } from '../../api/ids.ts';
import { messageOf } from '../../api/message-of.ts';
import { movedNote } from '../../core/binding-conditions.ts';
import type { ClaimIndex } from '../../core/claim-index.ts';
import { type Binding, type Scope, scopeKey } from '../../core/model.ts';
import type { RestorationEnd } from '../../core/restoration.ts';
import type { BindingStatus, ObjectSink, Sink } from '../../ports/status.ts';
import type { Log } from '../../runtime/log.ts';
import type { Deletions } from '../restoration/deletions.ts';
import type { Restorations } from '../restoration/restorations.ts';
import type { ServedScopes } from '../scope/served-scopes.ts';
import { bindingStatusOf, deletionStatus, retiredOf, type StatusParts } from './binding-status.ts';
import { StatusDebounce } from './status-debounce.ts';

/** Statuses of one publication: more would hold up the event loop. */
const STATUSES_AT_ONCE = 50;
/** What could not be published is tried again after this long. */
const AGAIN_MS = 10_000;
/** Instances whose statuses are made before the event loop gets its turn. */
const INSTANCES_AT_ONCE = 2_000;

export interface ReporterOptions extends StatusParts {
  readonly claims: ClaimIndex;
  readonly restorations: Pick<Restorations, 'claim'>;
  readonly deletions: Pick<Deletions, 'get' | 'of'>;
  readonly sinks: readonly Sink[];
  /** One of them; undefined where no cluster has objects. */
  readonly objectSink: ObjectSink | undefined;
  readonly log: Log;
  readonly everyMs: number;
  /** Also whether this replica speaks for a binding: where it does not its statuses are dropped, and made anew when it does. */
  readonly served: Pick<ServedScopes, 'obstacle' | 'mayTell'>;
}

export class Reporter {
  readonly #options: ReporterOptions;
  readonly #dirty = new Set<BindingKey>();
  /** To be published whatever they say: something waits for it. */
  readonly #urgent = new Set<BindingKey>();
  readonly #steps: StatusDebounce;
  /** The fingerprint of what was last published for each binding: a status that says the same is not published again. */
  readonly #published = new Map<BindingKey, string>();
  #cancel: (() => void) | undefined;
  readonly #unpublished = new Set<BindingKey>();
  #cancelAgain: (() => void) | undefined;
  #closed = false;

  constructor(options: ReporterOptions) {
    this.#options = options;
    options.objectSink?.onAltered((keys) => this.#publishAgain(keys));
    this.#steps = new StatusDebounce({ clock: options.clock, recheck: (key) => this.enqueueBinding(key) });
  }

  /** Notes that every binding which names an instance may read differently. */
  enqueueInstance(instanceId: InstanceId): void {
    const { claims, restorations } = this.#options;
    for (const { key } of claims.naming(instanceId)) this.enqueueBinding(key);
    const restoring = restorations.claim(instanceId);
    if (restoring !== undefined) this.enqueueBinding(restoring.owner.key);
  }

  enqueueBinding(key: BindingKey): void {
    if (this.#closed) return;
    this.#dirty.add(key);
    this.#cancel ??= this.#options.clock.setTimer(this.#options.everyMs, () => this.#publishSome());
  }

  /** Publishes these without a wait, also when they say nothing new or pass through a step in between. */
  enqueueNow(keys: Iterable<BindingKey>): void {
    if (this.#closed) return;
    for (const key of keys) {
      this.#urgent.add(key);
      this.#dirty.add(key);
    }
    this.#cancel?.();
    this.#cancel = this.#options.clock.setTimer(0, () => this.#publishSome());
  }

  /** Notes every binding of a scope, and returns them. */
  enqueueScope(scope: string): readonly Binding[] {
    const bindings = [...this.#options.claims.bindings.values()];
    const concerned = bindings.filter((binding) => scopeKey(binding.scope) === scope);
    for (const { key } of concerned) this.enqueueBinding(key);
    return concerned;
  }

  /** Notes every binding of these scopes. */
  enqueueScopes(scopes: ReadonlySet<string>): void {
    for (const [key, { scope }] of this.#options.claims.bindings)
      if (scopes.has(scopeKey(scope))) this.enqueueBinding(key);
  }

  /** This replica speaks for a scope from now on: another one may have published something else of its bindings meanwhile. */
  gained(scope: string): void {
    const declared = this.enqueueScope(scope).map(({ key }) => key);
    const deleting = [...this.#options.deletions.of(scope)];
    for (const key of deleting) this.enqueueBinding(key);
    const concerned = [...declared, ...deleting];
    for (const key of concerned) this.#published.delete(key);
    this.#tellObjects((sink) => sink.gained(concerned));
  }

  /** Publishes everything that is noted but steps in between. */
  flush(): void {
    while (this.#dirty.size > 0) this.#publish();
  }

  /** Publishes what is noted a last time, some at a time; nothing is published afterwards. */
  async close(): Promise<void> {
    this.#cancel?.();
    // Whatever is noted from here on is published too, without a timer.
    this.#cancel = () => {};
    while (this.#dirty.size > 0) {
      this.#publish();
      if (this.#dirty.size > 0) await this.#options.clock.sleep(0);
    }
    this.#closed = true;
    this.#cancel();
    this.#steps.close();
    this.#cancelAgain?.();
  }

  remove(keys: readonly BindingKey[]): void {
    for (const key of keys) {
      for (const noted of [this.#dirty, this.#urgent, this.#published]) noted.delete(key);
      this.#steps.forget(key);
    }
    this.#tell((sink) => sink.remove(keys));
  }

  /** The calls of a scope have left a generation of the API, see {@link retiredOf}. */
  apiMoved(scope: Scope): void {
    const note = movedNote(retiredOf(scope, this.#options));
    const concerned = this.enqueueScope(scopeKey(scope));
    if (note !== undefined) this.#tellObjects((sink) => sink.apiMoved(concerned, note));
  }

  restored(end: RestorationEnd): void {
    this.enqueueBinding(end.binding.key);
    this.#tellObjects((sink) => sink.restored(end));
  }

  #mayPublish({ scope }: Binding): boolean {
    return this.#options.served.mayTell(scopeKey(scope));
  }

  #publishAgain(keys: readonly BindingKey[]): void {
    for (const key of keys) {
      this.#published.delete(key);
      this.enqueueBinding(key);
    }
  }

  #publishSome(): void {
    this.#cancel = undefined;
    this.#publish();
    if (this.#dirty.size > 0) {
      // Reads and writes get their turn first. There is no pause, because somebody may wait for a status.
      this.#cancel = this.#options.clock.setTimer(0, () => this.#publishSome());
    }
  }

  #publish(): void {
    const statuses: BindingStatus[] = [];
    let [made, instances] = [0, 0];
    for (const key of this.#dirty) {
      // Also one that is not published costs its making.
      if (made >= STATUSES_AT_ONCE || instances >= INSTANCES_AT_ONCE) break;
      this.#dirty.delete(key);
      const declared = this.#options.claims.bindings.get(key);
      const binding = declared ?? this.#options.deletions.get(key)?.binding;
      if (binding === undefined || !this.#mayPublish(binding)) continue;
      made++;
      instances += binding.instanceIds.length;
      const isDeleting = declared === undefined;
      const previous = this.#options.sinks.flatMap((sink) => sink.previous(binding.key));
      const status = (isDeleting ? deletionStatus : bindingStatusOf)(binding, previous, this.#options);
      const urgent = this.#urgent.delete(key);
      if (this.#steps.passes(status, { previous, isDeleting }) && !urgent) continue;
      const text = statusFingerprint(status);
      if (this.#published.get(key) === text && !urgent) continue;
      this.#published.set(key, text);
      statuses.push(status);
    }
    if (statuses.length === 0) return;
    if (!this.#tell((sink) => sink.publish(statuses))) this.#publishLater(statuses.map(({ key }) => key));
  }

  /** When one sink could not take a status, all get it again, once something changes or after a while. */
  #publishLater(keys: readonly BindingKey[]): void {
    for (const key of keys) {
      this.#published.delete(key);
      this.#unpublished.add(key);
    }
    this.#cancelAgain ??= this.#options.clock.setTimer(AGAIN_MS, () => {
      this.#cancelAgain = undefined;
      for (const key of this.#unpublished) this.enqueueBinding(key);
      this.#unpublished.clear();
    });
  }

  /** A status that one sink cannot store must stop neither the engine nor the other sinks. Returns whether all took it. */
  #tell(tell: (sink: Sink) => void): boolean {
    let taken = true;
    for (const sink of this.#options.sinks) taken = this.#try(() => tell(sink)) && taken;
    return taken;
  }

  #tellObjects(tell: (sink: ObjectSink) => void): void {
    const { objectSink } = this.#options;
    if (objectSink !== undefined) this.#try(() => tell(objectSink));
  }

  #try(work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      const detail = messageOf(error);
      this.#options.log.error({ error: detail }, 'statuses could not be published');
      return false;
    }
  }
}

/** Digest of everything users read except transition times, which follow from the rest. The text itself would fill the heap. */
function statusFingerprint(status: BindingStatus): string {
  const conditions = status.conditions.map(({ type, status, reason, message }) => [
    type,
    status,
    reason,
    message,
  ]);
  const { instances, origin, sgIds, mode, restoring, groupNames, exposure } = status;
  const handled = [status.lastHandledReconcileAt, status.lastHandledApproval];
  const reported = [conditions, instances, origin, sgIds, mode, handled, restoring, groupNames, exposure];
  const text = JSON.stringify(reported);
  return hash('sha256', text, 'base64');
}
