/** What the objects of a cluster declare at present, as one side of a comparison. */
import { readBindingObject } from '../../kubernetes/source/read-object.ts';
import { ClusterView } from '../cluster/cluster-view.ts';
import type { CommandContext } from '../command.ts';
import type { ClusterFlags } from '../flags/cluster-flags.ts';
import type { DiffSide } from './diff-side.ts';

export async function clusterSide(
  context: CommandContext,
  flags: ClusterFlags & { readonly namespace: string | undefined },
): Promise<DiffSide> {
  await using cluster = await ClusterView.open(context, flags);
  const objects = await cluster.objects(flags.namespace);
  const declared = new Map(
    objects
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .map((object) => readBindingObject(object))
      .map((binding) => [binding.key, binding]),
  );
  return {
    name: cluster.server,
    data: { cluster: cluster.server },
    declared,
    diagnostics: [],
    directory: '',
  };
}
