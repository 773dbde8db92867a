/** A binding as the document that declares it. */
import { API_VERSION, KIND } from '../../api/resource.ts';
import type { Binding, InstanceSelector } from '../../core/model.ts';
import { rfc3339 } from '../../core/rfc-3339.ts';

export interface BindingDocument {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** What a person would write: fields that say what holds anyway are left out, and so is what is meant for one moment. */
export function bindingDocument(binding: Binding): BindingDocument {
  const { name, namespace, scope, mode, suspend, suspendUntilMs, intervalMs, deletionPolicy } = binding;
  return {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: { name, namespace },
    spec: {
      region: scope.region,
      ...(scope.account === 'default' ? {} : { credentialsRef: { name: accountName(binding) } }),
      ...(binding.selector === undefined
        ? { instanceIds: binding.instanceIds }
        : { instanceSelector: selectorDocument(binding.selector) }),
      sgIds: binding.sgIds,
      ...(mode === 'Enforce' ? {} : { mode }),
      ...(suspend ? { suspend } : {}),
      ...(suspendUntilMs === undefined ? {} : { suspendUntil: rfc3339(suspendUntilMs) }),
      ...(intervalMs === undefined ? {} : { interval: `${intervalMs / 1_000}s` }),
      ...(deletionPolicy === undefined ? {} : { deletionPolicy }),
    },
  };
}

/** In a cluster the account is the Secret's namespace and name. */
function accountName({ scope, origin }: Binding): string {
  return origin.kind === 'kubernetes' ? scope.account.slice(scope.account.indexOf('/') + 1) : scope.account;
}

function selectorDocument({ excluded, ...rest }: InstanceSelector): object {
  return { ...rest, ...(excluded.length === 0 ? {} : { excludeInstanceIds: excluded }) };
}
