/** Verdicts as the status and the events of the objects they are about. */
import type { Condition } from '../../api/conditions.ts';
import { RESTORE_FINALIZER } from '../../api/finalizer.ts';
import type { BindingKey, InstanceId } from '../../api/ids.ts';
import type { Binding, GroupList } from '../../core/model.ts';
import type { RestorationEnd } from '../../core/restoration.ts';
import type { KubeObject } from '../../kube/kube-object.ts';
import type { BindingVerdict, Sink } from '../port.ts';
import { type EarlierWrites, statusOf } from './binding-status.ts';
import type { EventWriter } from './event-writer.ts';
import type { FinalizerKeeper } from './finalizer-keeper.ts';
import type { StatusLevel } from './status-level.ts';
import type { StatusSafekeeping } from './status-safekeeping.ts';
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
  readonly level: Pick<StatusLevel, 'onAltered'>;
  readonly finalizers: Pick<FinalizerKeeper, 'poke'>;
  readonly safekeeping: Pick<StatusSafekeeping, 'forget'>;
  readonly history: Pick<WriteHistory, 'of' | 'forget'>;
}

export class KubernetesSink implements Sink {
  readonly #options: KubernetesSinkOptions;
  /** Conditions that were published last, by binding and uid, where they are not those that the object is seen with. */
  readonly #published = new Map<
    BindingKey,
    { readonly uid: string; readonly conditions: readonly Condition[] }
  >();

  constructor(options: KubernetesSinkOptions) {
    this.#options = options;
  }

  publish(verdicts: readonly BindingVerdict[]): void {
    for (const verdict of verdicts) if (verdict.origin.kind === 'kubernetes') this.#publishOne(verdict);
    this.#options.finalizers.poke();
  }

  retire(keys: readonly BindingKey[]): void {
    for (const key of keys) {
      this.#published.delete(key);
      this.#options.history.forget(key);
      this.#options.statuses.forget(key);
      this.#options.safekeeping.forget(key);
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
    this.#options.level.onAltered(listener);
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
      const told = this.previous(key).some(({ type, message }) => type === 'Ready' && message.includes(note));
      if (told) continue;
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

  #publishOne(verdict: BindingVerdict): void {
    const object = this.#options.object(verdict.key);
    if (object === undefined || verdict.origin.kind !== 'kubernetes') return;
    const { uid, generation } = verdict.origin;
    // A verdict over an older object of the same name is nobody's.
    if (object.metadata.uid !== uid) return;
    this.#tell(verdict, this.previous(verdict.key));
    if (sameConditions(verdict.conditions, object.status?.conditions)) this.#published.delete(verdict.key);
    else this.#published.set(verdict.key, { uid, conditions: verdict.conditions });
    const { lastHandledReconcileAt, lastHandledApproval } = object.status ?? {};
    const status = statusOf(verdict, {
      generation,
      lastHandledReconcileAt,
      lastHandledApproval,
      earlier: object.status,
      history: historyStatus(this.#options.history.of(verdict.key, uid), object.status?.history),
      original: this.#options.original,
      listAll: restores(object),
    });
    this.#options.statuses.write({ key: verdict.key, uid, status }, object);
  }

  /** An event where Ready changed, or the reason why it is not. */
  #tell({ origin, key, conditions }: BindingVerdict, previous: readonly Condition[]): void {
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

/** Whether original lists are owed: the spec says so, or did so when it was last valid. */
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
