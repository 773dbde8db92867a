/** Instances that get the same other list from the same bindings are told as one. */
import type { InstanceDiff } from './revision-diff.ts';

export interface InstanceGroup {
  /** What is the same of all. */
  readonly sample: InstanceDiff;
  readonly instanceIds: readonly string[];
}

export function groupInstances(instances: readonly InstanceDiff[]): InstanceGroup[] {
  const groups = Map.groupBy(instances, ({ instanceId: _, ...rest }) => JSON.stringify(rest));
  return [...groups.values()].flatMap((same) => {
    const [sample] = same;
    return sample === undefined ? [] : [{ sample, instanceIds: same.map(({ instanceId }) => instanceId) }];
  });
}
