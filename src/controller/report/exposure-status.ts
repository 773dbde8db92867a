import { exposedBy } from '../../core/guards/exposure.ts';
import type { InstanceStatus } from '../../core/instance-status.ts';
import { type Binding, scopeKey } from '../../core/model.ts';
import type { BindingStatus, ExposureStatus } from '../../ports/status.ts';
import type { Scopes } from '../scope/scopes.ts';

/** What the instances of a binding are open to although a rule of exposure forbids it, by the rules of groups that were read. */
export function exposurePart(
  binding: Binding,
  instances: readonly InstanceStatus[],
  { scopes }: { readonly scopes: Pick<Scopes, 'get'> },
): Pick<BindingStatus, 'exposure'> {
  const scope = scopes.get(scopeKey(binding.scope));
  const rules = scope?.rules();
  if (scope === undefined || rules === undefined || rules.policy.exposure.length === 0) return {};
  const counts = new Map<string, number>();
  for (const { instanceId, state, sgIds } of instances) {
    const observed = scope.records.get(instanceId)?.observed;
    // Of an instance of somebody else nothing is told.
    if (observed === undefined || sgIds === undefined || state === 'Conflicted') continue;
    for (const { name } of exposedBy(observed.sgIds, { binding, observed, rules }))
      counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const exposure = [...counts].map(([rule, instanceCount]): ExposureStatus => ({ rule, instanceCount }));
  return exposure.length === 0 ? {} : { exposure: exposure.sort((a, b) => (a.rule < b.rule ? -1 : 1)) };
}
