/** What the server records of who set which field, as far as it is asked for here. */
import { EMERGENCY_ANNOTATION } from '../../api/emergency.ts';
import type { KubeObject } from '../client/kube-object.ts';

/**
 * When the annotation was set, as the server recorded it: no later than that. Undefined where the server does not tell.
 * Of managers that share the value the first one counts.
 */
export function emergencySetMs({ managedFields }: KubeObject['metadata']): number | undefined {
  if (!Array.isArray(managedFields)) return undefined;
  const times = managedFields.flatMap((entry: ManagedFields) => {
    const owns =
      entry.fieldsV1?.['f:metadata']?.['f:annotations']?.[`f:${EMERGENCY_ANNOTATION}`] !== undefined;
    const atMs = Date.parse(entry.time ?? '');
    return owns && !Number.isNaN(atMs) ? [atMs] : [];
  });
  return times.length === 0 ? undefined : Math.min(...times);
}

interface ManagedFields {
  readonly time?: string;
  readonly fieldsV1?: {
    readonly 'f:metadata'?: { readonly 'f:annotations'?: Readonly<Record<string, unknown>> };
  };
}
