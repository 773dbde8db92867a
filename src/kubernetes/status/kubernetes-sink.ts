/** Statuses as the status and the events of the objects they are about. */
import type { Condition } from '../../api/conditions.ts';
import type { BindingKey, InstanceId } from '../../api/ids.ts';
import { RESTORE_FINALIZER } from '../../api/resource.ts';
import { describe } from '../../core/binding-conditions.ts';
import type { Binding, GroupList } from '../../core/model.ts';
import type { RestorationEnd } from '../../core/restoration.ts';
import { count } from '../../core/text/words.ts';
import { placedStatus } from '../../ports/placed-status.ts';
import type { BindingStatus, ObjectSink } from '../../ports/status.ts';
import type { KubeObject } from '../client/kube-object.ts';
import { type EarlierWrites, statusOf } from './binding-status.ts';
import type { EventWriter } from './event-writer.ts';
import type { FinalizerKeeper } from './finalizer-keeper.ts';
import type { StatusDrift } from './status-drift.ts';
import type { StatusOriginals } from './status-originals.ts';
import type { StatusWriter } from './status-writer.ts';
import { type HistoryStatus, historyStatus, type WriteHistory } from './write-history.ts';

type StatusObject = KubeObject & {
  readonly spec?: { readonly deletionPolicy?: string };
  readonly status?:
    | (EarlierWrites & {
        readonly conditions?: readonly object[];
        readonly lastHandledReconcileAt?: string;
        readonly lastHandledApproval?: string;
        readonly history?: readonly HistoryStatus[];
      })
    | undefined;
};

export interface KubernetesSinkOptions {
  readonly statuses: StatusWriter;
  readonly events: EventWriter;
  /** The object behind a binding, as it was last seen. */
  readonly object: (key: BindingKey) => StatusObject | undefined;
  /** The list of an instance before it was first written. */
  readonly original: (id: InstanceId) => GroupList | undefined;
  readonly drift: Pick<StatusDrift, 'onAltered'>;
  readonly finalizers: Pick<FinalizerKeeper, 'poke'>;
  readonly persistedOriginals: Pick<StatusOriginals, 'forget'>;
  readonly history: Pick<WriteHistory, 'of' | 'forget'>;
}

export class KubernetesSink implements ObjectSink {
  readonly #options: KubernetesSinkOptions;
  /** Conditions that were published last, by binding and uid, where they are not those that the object is seen with. */
  readonly #published = new Map<
    BindingKey,
    { readonly uid: string; readonly conditions: readonly Condition[] }
  >();

  /** Instances whose write had failed for good when they were published last. */
  readonly #failed = new Map<BindingKey, ReadonlySet<InstanceId>>();

  constructor(options: KubernetesSinkOptions) {
    this.#options = options;
  }

  publish(bindingStatuses: readonly BindingStatus[]): void {
    for (const bindingStatus of bindingStatuses)
      if (bindingStatus.origin.kind === 'kubernetes')
        this.#publishOne(placedStatus(bindingStatus, '--kubernetes'));
    this.#options.finalizers.poke();
  }

  remove(keys: readonly BindingKey[]): void {
    for (const key of keys) {
      this.#published.delete(key);
      this.#failed.delete(key);
      this.#options.history.forget(key);
      this.#options.statuses.forget(key);
      this.#options.persistedOriginals.forget(key);
    }
    this.#options.finalizers.poke();
  }

  /** What the objects say now counts, not what this process wrote last. */
  gained(keys: readonly BindingKey[]): void {
    for (const key of keys) {
      this.#published.delete(key);
      this.#options.statuses.forget(key);
    }
  }

  onAltered(listener: (keys: readonly BindingKey[]) => void): void {
    this.#options.drift.onAltered(listener);
  }

  restored({ binding, instanceId, outcome, message }: RestorationEnd): void {
    this.#options.finalizers.poke();
    const { namespace, name, origin } = binding;
    if (origin.kind !== 'kubernetes' || outcome === 'taken-over') return;
    const done = outcome === 'restored';
    this.#options.events.write({
      namespace,
      name,
      uid: origin.uid,
      type: done ? 'Normal' : 'Warning',
      reason: done ? 'Restored' : 'RestoreGivenUp',
      note: done ? `${instanceId}: ${message}` : `${instanceId} keeps the list it has: ${message}`,
    });
  }

  apiMoved(bindings: readonly Binding[], note: string): void {
    for (const { key, namespace, name, origin } of bindings) {
      if (origin.kind !== 'kubernetes') continue;
      // An earlier process has told it: the condition that it left says so.
      const reported = this.previous(key).some(
        ({ type, message }) => type === 'Ready' && message.includes(note),
      );
      if (reported) continue;
      this.#options.events.write({
        namespace,
        name,
        uid: origin.uid,
        type: 'Normal',
        reason: 'ApiMoved',
        note,
      });
    }
  }

  previous(key: BindingKey): readonly Condition[] {
    const object = this.#options.object(key);
    const published = this.#published.get(key);
    if (published !== undefined && published.uid === object?.metadata.uid) return published.conditions;
    return (object?.status?.conditions ?? []) as readonly Condition[];
  }

  #publishOne(bindingStatus: BindingStatus): void {
    const object = this.#options.object(bindingStatus.key);
    if (object === undefined || bindingStatus.origin.kind !== 'kubernetes') return;
    const { uid, generation } = bindingStatus.origin;
    // A status over an older object of the same name is nobody's.
    if (object.metadata.uid !== uid) return;
    const previous = this.previous(bindingStatus.key);
    this.#tell(bindingStatus, previous);
    this.#tellSuspension(bindingStatus, previous);
    this.#tellFailures(bindingStatus);
    if (sameConditions(bindingStatus.conditions, object.status?.conditions))
      this.#published.delete(bindingStatus.key);
    else this.#published.set(bindingStatus.key, { uid, conditions: bindingStatus.conditions });
    const { lastHandledReconcileAt, lastHandledApproval } = object.status ?? {};
    const status = statusOf(bindingStatus, {
      generation,
      lastHandledReconcileAt,
      lastHandledApproval,
      earlier: object.status,
      history: historyStatus(this.#options.history.of(bindingStatus.key, uid), object.status?.history),
      original: this.#options.original,
      listAll: restores(object),
    });
    this.#options.statuses.write({ key: bindingStatus.key, uid, status }, object);
  }

  /** An event where a suspension begins or ends: nothing else is heard of a binding that was forgotten in one. */
  #tellSuspension({ origin, key, conditions }: BindingStatus, previous: readonly Condition[]): void {
    const isSuspended = ({ type }: Condition) => type === 'Suspended';
    const now = conditions.find(isSuspended);
    if (origin.kind !== 'kubernetes' || (now !== undefined) === previous.some(isSuspended)) return;
    const [namespace = '', name = ''] = key.split('/');
    this.#options.events.write({
      namespace,
      name,
      uid: origin.uid,
      type: 'Normal',
      reason: now === undefined ? 'Resumed' : 'Suspended',
      note: now?.message ?? 'the suspension has ended: drift is repaired again as spec.mode says',
    });
  }

  /** An event where writes have failed for good: nothing but a new declaration or a slow re-check tries again. */
  #tellFailures({ origin, key, instances }: BindingStatus): void {
    // A region that is not offered fails for good too, and nothing was written there.
    const failed = instances.filter(({ state, requestId }) => state === 'Failed' && requestId !== undefined);
    const before = this.#failed.get(key);
    if (failed.length === 0) this.#failed.delete(key);
    else this.#failed.set(key, new Set(failed.map(({ instanceId }) => instanceId)));
    const anew = failed.filter(({ instanceId }) => before?.has(instanceId) !== true);
    if (anew.length === 0 || origin.kind !== 'kubernetes') return;
    const [namespace = '', name = ''] = key.split('/');
    this.#options.events.write({
      namespace,
      name,
      uid: origin.uid,
      type: 'Warning',
      reason: 'WriteFailed',
      note: `the cloud refused the write of ${count(anew.length, 'instance')} for good: ${describe(anew)}`,
    });
  }

  /** An event where Ready changed, or the reason why it is not. */
  #tell({ origin, key, conditions }: BindingStatus, previous: readonly Condition[]): void {
    const ready = conditions.find((condition) => condition.type === 'Ready');
    const before = previous.find((condition) => condition.type === 'Ready');
    if (ready === undefined || origin.kind !== 'kubernetes') return;
    if (before?.status === ready.status && before.reason === ready.reason) return;
    // Progress is seen in the status; an event is for what one would want to be told.
    const passing =
      ready.reason === 'Progressing' || ready.reason === 'NotObserved' || ready.reason === 'Drifted';
    if (ready.status !== 'True' && passing) return;
    const [namespace = '', name = ''] = key.split('/');
    const type = ready.status === 'True' ? 'Normal' : 'Warning';
    this.#options.events.write({
      namespace,
      name,
      uid: origin.uid,
      type,
      reason: ready.reason,
      note: ready.message,
    });
  }
}

/** Whether original lists are to be restored: the spec says so, or did so when it was last valid. */
function restores({ spec, metadata: { finalizers = [] } }: StatusObject): boolean {
  return spec?.deletionPolicy === 'Restore' || finalizers.includes(RESTORE_FINALIZER);
}

/** Whether an object has these conditions; what it says of generations beside them does not count. */
function sameConditions(conditions: readonly Condition[], present: readonly object[] = []): boolean {
  return (
    conditions.length === present.length &&
    conditions.every((condition, index) =>
      Object.entries(condition).every(([name, text]) => present[index]?.[name as never] === text),
    )
  );
}
