/** What the annotations of objects permit and the policy lets count, and what the log is told of it. */
import type { BindingKey } from '../../api/ids.ts';
import type { Binding } from '../../core/model.ts';
import {
  annotationRefusal,
  approvalPermission,
  checkedEmergency,
  emergencyPermission,
  emergencyRefusal,
  emergencySinceMs,
  type Permission,
  type PermissionRules,
  permissionText,
} from '../../core/permission.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import type { BindingObject } from './binding-object.ts';
import { readBindingObject } from './read-object.ts';

export interface ObjectPermissionsOptions {
  readonly rules: PermissionRules;
  readonly clock: Clock;
  readonly log: Log;
}

type ObjectPermission = Pick<Permission, 'kind' | 'of' | 'by' | 'time' | 'reason' | 'binding' | 'refusal'>;

export class ObjectPermissions {
  readonly #options: ObjectPermissionsOptions;
  /** What was told of each object, so that it is told once. */
  readonly #reported = new Map<BindingKey, string>();

  constructor(options: ObjectPermissionsOptions) {
    this.#options = options;
  }

  /** The binding of an object, with what it permits. @param before the binding that was read of the object before. */
  read(object: BindingObject, before: Binding | undefined): Binding {
    return this.permit(object, readBindingObject(object, before), before);
  }

  /** The binding that was read of an object, with what it permits. */
  permit(object: BindingObject, read: Binding, before: Binding | undefined): Binding {
    // As most objects do: they need no copy.
    if (read.approvedPlan === undefined && read.emergency === undefined) {
      if (this.#reported.size > 0) this.#tell(read.key, []);
      return read;
    }
    const { approvedPlan, emergency, ...plain } = read;
    const { rules, clock } = this.#options;
    let binding: Binding = plain;
    const permissions: ObjectPermission[] = [];
    if (approvedPlan !== undefined) {
      const refusal = annotationRefusal(rules, 'object');
      const teller = rules.approvals.verified ? ({ saidBy: 'server' } as const) : {};
      if (refusal === undefined) binding = { ...binding, approvedPlan: { ...approvedPlan, ...teller } };
      permissions.push({
        ...approvalPermission(approvedPlan),
        binding: plain.key,
        ...(refusal === undefined ? {} : { refusal }),
      });
    }
    if (emergency !== undefined) {
      const nowMs = clock.wall();
      const seenMs = emergencySinceMs(emergency, before, nowMs);
      // A process that begins later sees it later.
      const sinceMs = Math.min(seenMs, object.emergencySetMs ?? nowMs);
      const refusal = emergencyRefusal(rules, emergency, { declarer: plain, sinceMs });
      binding = { ...binding, ...checkedEmergency({ ...emergency, sinceMs }, refusal) };
      permissions.push({
        ...emergencyPermission(plain.key, emergency),
        ...(refusal === undefined ? {} : { refusal }),
      });
    }
    this.#tell(plain.key, permissions);
    return binding;
  }

  #tell(key: BindingKey, permissions: readonly ObjectPermission[]): void {
    const text = permissions.map((one) => permissionText(one)).join('; ');
    if ((this.#reported.get(key) ?? '') === text) return;
    if (text === '') this.#reported.delete(key);
    else this.#reported.set(key, text);
    for (const one of permissions) {
      const { kind, of, by, refusal } = one;
      const fields = { binding: key, kind, of, ...(by === '' ? {} : { by }), counts: refusal === undefined };
      if (refusal === undefined) this.#options.log.info(fields, permissionText(one));
      else
        this.#options.log.warn({ ...fields, rule: refusal.rule }, `${permissionText(one)}; ${refusal.fix}`);
    }
  }
}
