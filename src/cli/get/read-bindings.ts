/** What `cvmsg get` lists: from the state directory, or from the objects of a cluster. */
import { namespaceOf } from '../../api/ids.ts';
import {
  type StoredBinding,
  type StoredSource,
  storedBindings,
  storedSource,
} from '../../manager/stored-state.ts';
import { systemClock } from '../../runtime/clock.ts';
import type { CommandContext } from '../command.ts';
import { asksCluster, type ClusterFlags } from '../flags/cluster-flags.ts';
import { type SilentWriter, silentWriter, silentWriterText } from '../wiring/silent-writer.ts';
import { openStateOrCluster, stateDirectory } from '../wiring/state-directory.ts';
import { bindingObject } from './binding-object.ts';

/** One binding, and the object that stands for it. */
export interface ReadBinding extends StoredBinding {
  readonly object: unknown;
}

export interface BindingsReading {
  /** Sorted by namespace and name. */
  readonly bindings: readonly ReadBinding[];
  /** What the directory was read as; absent in a cluster. */
  readonly source?: StoredSource;
  /** Said where whoever writes the state does not report any more. */
  readonly silent?: string;
}

export interface BindingsReader extends AsyncDisposable {
  readonly inCluster: boolean;
  read(): Promise<BindingsReading>;
}

/** @param flags.namespace only its bindings; undefined: all. Rejects when there is neither a state nor a cluster. */
export async function bindingsReader(
  context: CommandContext,
  flags: ClusterFlags & { readonly namespace: string | undefined },
): Promise<BindingsReader> {
  const { namespace } = flags;
  if (asksCluster(flags)) {
    const { ClusterView } = await import('../cluster/cluster-view.ts');
    const { objectStatus } = await import('../../manager/object-status.ts');
    const cluster = await ClusterView.open(context, flags);
    return {
      inCluster: true,
      async read() {
        const objects = await cluster.objects(namespace);
        return { bindings: objects.map((object) => ({ ...objectStatus(object), object })) };
      },
      [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
    };
  }
  const file = openStateOrCluster(context);
  return {
    inCluster: false,
    async read() {
      const source = storedSource(file);
      const nowMs = systemClock.wall();
      const silent = silentWriter(file, { directory: stateDirectory(context), nowMs });
      const bindings = storedBindings(file)
        .filter(({ status }) => namespace === undefined || namespaceOf(status.key) === namespace)
        .map((stored) => (silent === undefined ? stored : unknownSince(stored, { silent, nowMs })))
        .map((stored) => ({ ...stored, object: bindingObject(stored) }));
      return {
        bindings,
        ...(source === undefined ? {} : { source }),
        ...(silent === undefined ? {} : { silent: silentWriterText(silent, nowMs) }),
      };
    },
    [Symbol.asyncDispose]: async () => file.close(),
  };
}

/** What was ready when it was written may be so no more: that it cannot be told is what is known. */
function unknownSince(
  stored: StoredBinding,
  { silent, nowMs }: { readonly silent: SilentWriter; readonly nowMs: number },
): StoredBinding {
  const conditions = stored.status.conditions.map((condition) =>
    condition.type === 'Ready' && condition.status === 'True'
      ? {
          ...condition,
          status: 'Unknown' as const,
          reason: 'JournalUnavailable' as const,
          message: silentWriterText(silent, nowMs),
          lastTransitionTime: new Date(silent.reportedMs).toISOString(),
        }
      : condition,
  );
  return { ...stored, status: { ...stored.status, conditions } };
}
