/** From a valid document or object to the binding that the engine works with. */
import { APPROVAL_ANNOTATION, readApproval } from '../api/approval.ts';
import type { CvmSecurityGroupBinding } from '../api/binding.generated.ts';
import { bindingKey, type InstanceId, type SecurityGroupId } from '../api/ids.ts';
import { EMERGENCY_ANNOTATION, readEmergency } from '../api/permit.ts';
import { reconcileRequest } from '../api/reconcile-request.ts';
import { longRegionName } from '../api/region.ts';
import { instantMs, intervalMs } from '../api/spec-time.ts';
import type { Binding, InstanceSelector, Origin } from './model.ts';
import { SharedValues } from './shared-values.ts';

export interface BindingOfOptions {
  readonly origin: Origin;
  /** The account that `spec.credentialsRef.name` stands for in this source. */
  readonly account: string;
  readonly createdAt?: string;
}

/** Thousands of bindings have few scopes. */
const values = new SharedValues();

/** The binding that a valid resource declares; its metadata must name a namespace. */
export function bindingOf(resource: CvmSecurityGroupBinding, options: BindingOfOptions): Binding {
  const { spec } = resource;
  const { name, namespace, annotations } = resource.metadata as {
    name: string;
    namespace: string;
    annotations?: Record<string, string>;
  };
  return {
    key: bindingKey(namespace, name),
    namespace,
    name,
    // One quota bucket has one name, whichever way the region was written.
    scope: values.share({ account: options.account, region: longRegionName(spec.region) }),
    instanceIds: (spec.instanceIds ?? []) as readonly string[] as readonly InstanceId[],
    ...(spec.instanceSelector === undefined ? {} : { selector: selectorOf(spec.instanceSelector) }),
    sgIds: spec.sgIds as readonly string[] as readonly SecurityGroupId[],
    mode: spec.mode ?? 'Enforce',
    suspend: spec.suspend ?? false,
    ...(spec.suspendUntil === undefined ? {} : { suspendUntilMs: instantMs(spec.suspendUntil) }),
    ...(spec.interval === undefined ? {} : { intervalMs: intervalMs(spec.interval) }),
    ...(spec.deletionPolicy === 'Restore' ? { deletionPolicy: spec.deletionPolicy } : {}),
    ...wishesIn(annotations),
    origin: options.origin,
    ...(options.createdAt === undefined ? {} : { createdAt: options.createdAt }),
  };
}

/** What annotations ask for, or permit; what is not said right counts as not said. */
export function wishesIn(
  annotations: Readonly<Record<string, string>> | undefined,
): Pick<Binding, 'reconcileRequest' | 'approvedPlan' | 'emergency'> {
  const request = reconcileRequest(annotations);
  const approvedPlan = readApproval(annotations?.[APPROVAL_ANNOTATION]);
  const emergency = readEmergency(annotations?.[EMERGENCY_ANNOTATION]);
  return {
    ...(request === undefined ? {} : { reconcileRequest: request }),
    ...(approvedPlan === undefined ? {} : { approvedPlan }),
    ...(emergency === undefined ? {} : { emergency }),
  };
}

function selectorOf(
  selector: NonNullable<CvmSecurityGroupBinding['spec']['instanceSelector']>,
): InstanceSelector {
  const { tags, vpcId, namePattern, excludeInstanceIds = [] } = selector;
  return {
    ...(tags === undefined ? {} : { tags }),
    ...(vpcId === undefined ? {} : { vpcId }),
    ...(namePattern === undefined ? {} : { namePattern }),
    excluded: excludeInstanceIds as readonly string[] as readonly InstanceId[],
  };
}
