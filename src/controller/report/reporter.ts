/** Gathers which bindings may read differently and publishes their statuses, a bounded number at a time. */
import { hash } from 'node:crypto';
import type { Condition, ConditionReason } from '../../api/conditions.ts';
import type { BindingKey } from '../../api/ids.ts';
import { messageOf } from '../../api/message-of.ts';
import { movedNote } from '../../core/binding-conditions.ts';
import type { ClaimIndex } from '../../core/claim-index.ts';
import { type Binding, type Scope, scopeKey } from '../../core/model.ts';
import type { RestorationEnd } from '../../core/restoration.ts';
import type { BindingStatus, ObjectSink, Sink } from '../../ports/status.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import type { StatusQueue } from '../queues/status-queue.ts';
import type { Deletions } from '../restoration/deletions.ts';
import type { ServedScopes } from '../scope/served-scopes.ts';
import { bindingStatusOf, deletionStatus, retiredOf, type StatusParts } from './binding-status.ts';

/** Statuses of one publication: more would hold up the event loop. */
const STATUSES_AT_ONCE = 50;
/** What could not be published is tried again after this long. */
const AGAIN_MS = 10_000;
/** Instances whose statuses are made before the event loop gets its turn. */
const INSTANCES_AT_ONCE = 2_000;

export interface ReporterOptions extends StatusParts {
  readonly claims: ClaimIndex;
  /** Whose statuses may read differently. */
  readonly statuses: StatusQueue;
  readonly deletions: Pick<Deletions, 'get' | 'of'>;
  readonly sinks: readonly Sink[];
  /** One of them; undefined where no cluster has objects. */
  readonly objectSink: ObjectSink | undefined;
  readonly log: Log;
  /** Also whether this replica speaks for a binding: where it does not its statuses are dropped, and made anew when it does. */
  readonly served: Pick<ServedScopes, 'obstacle' | 'mayTell'>;
}

export class Reporter {
  readonly #options: ReporterOptions;
  readonly #steps: StatusDebounce;
  /** The fingerprint of what was last published for each binding: a status that says the same is not published again. */
  readonly #published = new Map<BindingKey, string>();
  readonly #unpublished = new Set<BindingKey>();
  #cancelAgain: (() => void) | undefined;

  constructor(options: ReporterOptions) {
    this.#options = options;
    options.objectSink?.onAltered((keys) => this.#publishAgain(keys));
    options.statuses.onDue = () => this.#publish();
    this.#steps = new StatusDebounce(options);
  }

  /** Notes every binding of a scope, and returns them. */
  enqueueScope(scope: string): readonly Binding[] {
    const bindings = [...this.#options.claims.bindings.values()];
    const concerned = bindings.filter((binding) => scopeKey(binding.scope) === scope);
    for (const { key } of concerned) this.#options.statuses.enqueueBinding(key);
    return concerned;
  }

  /** Notes every binding of these scopes. */
  enqueueScopes(scopes: ReadonlySet<string>): void {
    for (const [key, { scope }] of this.#options.claims.bindings)
      if (scopes.has(scopeKey(scope))) this.#options.statuses.enqueueBinding(key);
  }

  /** This replica speaks for a scope from now on: another one may have published something else of its bindings meanwhile. */
  gained(scope: string): void {
    const declared = this.enqueueScope(scope).map(({ key }) => key);
    const deleting = [...this.#options.deletions.of(scope)];
    for (const key of deleting) this.#options.statuses.enqueueBinding(key);
    const concerned = [...declared, ...deleting];
    for (const key of concerned) this.#published.delete(key);
    this.#tellObjects((sink) => sink.gained(concerned));
  }

  /** Publishes everything that is noted but steps in between. */
  flush(): void {
    while (this.#options.statuses.size > 0) this.#publish();
  }

  /** Publishes what is noted a last time, some at a time; nothing is published afterwards. */
  async close(): Promise<void> {
    const { statuses, clock } = this.#options;
    // Whatever is noted from here on is published too, without a timer.
    statuses.hold();
    while (statuses.size > 0) {
      this.#publish();
      if (statuses.size > 0) await clock.sleep(0);
    }
    statuses.close();
    this.#steps.close();
    this.#cancelAgain?.();
  }

  remove(keys: readonly BindingKey[]): void {
    for (const key of keys) {
      this.#options.statuses.take(key);
      this.#options.statuses.takeUrgent(key);
      this.#published.delete(key);
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
    this.#options.statuses.enqueueBinding(end.binding.key);
    this.#tellObjects((sink) => sink.restored(end));
  }

  #mayPublish({ scope }: Binding): boolean {
    return this.#options.served.mayTell(scopeKey(scope));
  }

  #publishAgain(keys: readonly BindingKey[]): void {
    for (const key of keys) {
      this.#published.delete(key);
      this.#options.statuses.enqueueBinding(key);
    }
  }

  #publish(): void {
    const statuses: BindingStatus[] = [];
    let [made, instances] = [0, 0];
    const { statuses: waiting } = this.#options;
    for (const key of waiting) {
      // Also one that is not published costs its making.
      if (made >= STATUSES_AT_ONCE || instances >= INSTANCES_AT_ONCE) break;
      waiting.take(key);
      const declared = this.#options.claims.bindings.get(key);
      const binding = declared ?? this.#options.deletions.get(key)?.binding;
      if (binding === undefined || !this.#mayPublish(binding)) continue;
      made++;
      instances += binding.instanceIds.length;
      const isDeleting = declared === undefined;
      const previous = this.#options.sinks.flatMap((sink) => sink.previous(binding.key));
      const status = (isDeleting ? deletionStatus : bindingStatusOf)(binding, previous, this.#options);
      const urgent = waiting.takeUrgent(key);
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
      for (const key of this.#unpublished) this.#options.statuses.enqueueBinding(key);
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

// Holds statuses back that are only a step in between: most are over before anybody could see them, so only those that last are published.

/** A step in between is published only when it lasts this long. */
const PASSING_MS = 5_000;

interface StatusDebounceOptions {
  readonly clock: Clock;
  /** Takes what may have been passing for long enough. */
  readonly statuses: Pick<StatusQueue, 'enqueueBinding'>;
}

interface Reported {
  /** What was told last. */
  readonly previous: readonly Condition[];
  /** Whether the binding is being deleted: its earlier status cannot stand, however long nothing is read. */
  readonly isDeleting: boolean;
}

class StatusDebounce {
  readonly #options: StatusDebounceOptions;
  /** Since when a binding has been passing through steps in between. */
  readonly #since = new Map<BindingKey, number>();
  #cancel: (() => void) | undefined;

  constructor(options: StatusDebounceOptions) {
    this.#options = options;
  }

  /** Whether a status is only a step in between that need not be told yet. */
  passes(status: BindingStatus, { previous, isDeleting }: Reported): boolean {
    const moving = status.conditions.find((condition) => condition.type === 'Reconciling');
    if (moving?.reason !== 'Progressing') {
      this.#since.delete(status.key);
      return false;
    }
    // After a restart the earlier status stands until the instances were read.
    const unread = status.instances.every(({ state }) => state === 'Pending' || state === 'InSync');
    if (unread && previous.length > 0 && !isDeleting) return true;
    if (stoodUntilAnAct(previous)) return false;
    const nowMs = this.#options.clock.now();
    const sinceMs = this.#since.get(status.key) ?? nowMs;
    this.#since.set(status.key, sinceMs);
    this.#cancel ??= this.#options.clock.setTimer(PASSING_MS, () => this.#recheck());
    return nowMs - sinceMs < PASSING_MS;
  }

  forget(key: BindingKey): void {
    this.#since.delete(key);
  }

  close(): void {
    this.#cancel?.();
  }

  /** Looks again at what was passing through steps in between. */
  #recheck(): void {
    this.#cancel = undefined;
    for (const key of this.#since.keys()) this.#options.statuses.enqueueBinding(key);
  }
}

/** Reasons that end only when somebody acts. The others end at the cloud, whose slow re-check looks like progress and is none. */
const UNTIL_AN_ACT: ReadonlySet<string> = new Set<ConditionReason>([
  'Conflicted',
  'UnknownGroup',
  'MustKeep',
  'ForbiddenGroup',
  'Exposure',
  'TrafficUnknown',
  'NotAllowed',
  'BlastRadius',
  'Refused',
  'SelectionRefused',
]);

/**
 * Whether a binding was called stalled until somebody would act. Once it moves again that is told at once: those who wait
 * for it give up when they read that it is stalled.
 */
function stoodUntilAnAct(previous: readonly Condition[]): boolean {
  return previous.some(({ type, reason }) => type === 'Stalled' && UNTIL_AN_ACT.has(reason));
}
