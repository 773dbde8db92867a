/** An object of the API server, and what can be told of it without judging it. */
import { APPROVAL_ANNOTATION } from '../../api/approval.ts';
import type { CvmSecurityGroupBinding } from '../../api/binding.generated.ts';
import { bindingKey } from '../../api/ids.ts';
import { EMERGENCY_ANNOTATION } from '../../api/permit.ts';
import { RECONCILE_ANNOTATION, reconcileRequest } from '../../api/reconcile-request.ts';
import { longRegionName } from '../../api/region.ts';
import type { Binding, Scope } from '../../core/model.ts';
import type { SharedValues } from '../../core/shared-values.ts';
import type { KubeObject } from '../client/kube-object.ts';

export type BindingObject = KubeObject &
  Pick<CvmSecurityGroupBinding, 'spec' | 'status'> & {
    /** When its emergency was declared, as the server recorded it. */
    readonly emergencySetMs?: number;
  };

/** The account of a Secret: `namespace/name`, which no profile of a file can be called. */
export function secretAccount(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

/** Where an object stands, as its binding tells it. */
export function identityOf({
  metadata: { uid = '', generation = 0, creationTimestamp, namespace = 'default', name },
}: BindingObject): Pick<Binding, 'key' | 'namespace' | 'name' | 'origin' | 'createdAt'> {
  return {
    key: bindingKey(namespace, name),
    namespace,
    name,
    origin: { kind: 'kubernetes', uid, generation },
    ...(creationTimestamp === undefined ? {} : { createdAt: creationTimestamp }),
  };
}

/** What an object asks of which instances; undefined for one that lacks a list, which an older or newer schema let through. */
export function demandOf({ spec }: BindingObject): Pick<Binding, 'instanceIds' | 'sgIds'> | undefined {
  if (!Array.isArray(spec?.instanceIds) || !Array.isArray(spec.sgIds)) return undefined;
  const { instanceIds, sgIds } = spec;
  return { instanceIds, sgIds } as unknown as Pick<Binding, 'instanceIds' | 'sgIds'>;
}

/** The scope of an object's instances, as far as the object tells. */
export function scopeOfObject({ metadata, spec }: BindingObject): Scope {
  const ref = spec?.credentialsRef?.name;
  const account = ref === undefined ? 'default' : secretAccount(metadata.namespace ?? 'default', ref);
  return { account, region: longRegionName(String(spec?.region ?? '')) };
}

/**
 * What has to be kept of an object: a cluster holds thousands, and most of what they carry is never asked for, or is the
 * same in many.
 */
export function trimBindingObject(
  { metadata, spec, status }: BindingObject,
  values: SharedValues,
): BindingObject {
  const { name, namespace, uid, resourceVersion, generation, creationTimestamp } = metadata;
  const { deletionTimestamp, finalizers, annotations } = metadata;
  const setMs = annotations?.[EMERGENCY_ANNOTATION] === undefined ? undefined : emergencySetMs(metadata);
  return {
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace: values.share(namespace) }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(generation === undefined ? {} : { generation }),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp: values.share(creationTimestamp) }),
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
      ...(finalizers === undefined ? {} : { finalizers: values.share(finalizers) }),
      ...requests(annotations),
    },
    ...(setMs === undefined ? {} : { emergencySetMs: setMs }),
    // Only what names instances is an object's own.
    spec: sharedParts(spec, values, ['instanceIds']),
    ...(status === undefined ? {} : { status: sharedStatus(status, values) }),
  };
}

function sharedStatus(
  status: NonNullable<BindingObject['status']>,
  values: SharedValues,
): NonNullable<BindingObject['status']> {
  const parts = sharedParts(status, values, ['instances']);
  const { instances } = status;
  if (instances === undefined) return parts;
  return Object.assign(parts, {
    instances: instances.map((instance) => sharedParts(instance, values, ['instanceId'])),
  });
}

/** A copy of an object whose values are shared, but for those that are its own. */
function sharedParts<T extends object>(value: T, values: SharedValues, own: readonly (keyof T)[]): T {
  const parts: T = { ...value };
  for (const key of Object.keys(parts) as (keyof T)[]) {
    if (!own.includes(key)) parts[key] = values.share(parts[key]);
  }
  return parts;
}

/** The annotations that ask for something, or permit it; all others are nobody's business here. */
export function requests(annotations: KubeObject['metadata']['annotations'] = {}): {
  annotations?: Record<string, string>;
} {
  const request = reconcileRequest(annotations);
  const kept = {
    ...(request === undefined ? {} : { [RECONCILE_ANNOTATION]: request }),
    ...pick(annotations, APPROVAL_ANNOTATION),
    ...pick(annotations, EMERGENCY_ANNOTATION),
  };
  return Object.keys(kept).length === 0 ? {} : { annotations: kept };
}

function pick(annotations: Readonly<Record<string, string>>, name: string): Record<string, string> {
  const value = annotations[name];
  return value === undefined ? {} : { [name]: value };
}

/**
 * What an object asks for beside its spec, as one comparable text. Our own status writes do not change it, but for the one
 * that tells that an approval was taken up.
 */
export function requestText({ metadata: { annotations }, status }: BindingObject): string {
  if (annotations === undefined) return '';
  const wishes = requests(annotations).annotations ?? {};
  const handled = APPROVAL_ANNOTATION in wishes ? status?.lastHandledApproval : undefined;
  return JSON.stringify([wishes, handled]);
}

/** Few of a fleet, as a rule: whoever looks after finalizers need not look at the others. */
export function concernsFinalizers({ spec, metadata: { finalizers = [] } }: BindingObject): boolean {
  return finalizers.length > 0 || spec?.deletionPolicy === 'Restore';
}

// What the server records of who set which field, as far as it is asked for here.

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
