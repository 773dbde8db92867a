/**
 * What lets a write pass a guard: approvals of plans and emergencies, and whether the policy lets them count. One that
 * does not count has no effect and is told with what to do about it. Pure.
 */
import { type Approval, approvalText } from '../api/approval.ts';
import type { BindingKey } from '../api/ids.ts';
import { quote } from '../api/problem.ts';
import type { Binding, Emergency } from './model.ts';
import type { Policy } from './policy.ts';
import { rfc3339Seconds } from './rfc-3339.ts';
import { isBelow } from './rule-scope.ts';
import { type Declarer, isOfTenant } from './tenant-rights.ts';

export type PermissionRules = Pick<Policy, 'approvals' | 'emergencies' | 'tenants'>;

/** Why something does not count. */
export interface Refusal {
  /** A stable name such as `approval/path`. */
  readonly rule: string;
  readonly message: string;
  readonly fix: string;
}

/** An approval or an emergency that is declared somewhere, and whether it counts. */
export interface Permission {
  readonly kind: 'approval' | 'emergency';
  /** The digest that is approved; of an emergency, the binding. */
  readonly of: string;
  /** Who it says; empty when it names nobody, as emergencies do. */
  readonly by: string;
  /** RFC 3339: when an approval was given, or how long an emergency lasts. */
  readonly time: string;
  readonly reason: string;
  /** The binding that has it as an annotation; absent for a document of its own. */
  readonly binding?: BindingKey;
  /** It counts for what an earlier revision brought, and for nothing that came with it. */
  readonly laterOnly?: true;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Absent: it counts. */
  readonly refusal?: Refusal;
}

/** Why an approval that is a document does not count. @param file below the root of the directory. */
export function documentRefusal(
  { approvals: { paths } }: PermissionRules,
  file: string,
): Refusal | undefined {
  if (paths.some((path) => isBelow(file, path))) return undefined;
  const places = paths.map((path) => `\`${path}\``).join(', ');
  return {
    rule: 'approval/path',
    message: `an approval in ${quote(file)} approves nothing: ${paths.length === 0 ? 'the policy lets no document approve' : `only those below ${places} count`}`,
    fix:
      paths.length === 0
        ? 'remove it'
        : `move it below ${places}, where those who may approve can write, or remove it`,
  };
}

/** Why an approval that is an annotation does not count. @param of what has the annotation. */
export function annotationRefusal(
  { approvals: { annotations, paths } }: PermissionRules,
  of: 'document' | 'object',
): Refusal | undefined {
  if (annotations ?? of === 'object') return undefined;
  const [path = 'approvals/'] = paths;
  return {
    rule: 'approval/annotation',
    message: `an annotation of ${of === 'document' ? 'a document' : 'an object'} approves nothing here: whoever writes the binding could approve it`,
    fix: `remove it, and approve with a document below \`${path}\` (\`cvmsg approve DIGEST --source DIR\`), or set \`approvals: { annotations: true }\` in the policy`,
  };
}

/** Why an emergency does not count. @param sinceMs when it was declared, as far as it is known. */
export function emergencyRefusal(
  { emergencies: { longestMs, tenants }, tenants: all }: PermissionRules,
  emergency: Emergency,
  { declarer, sinceMs }: { readonly declarer: Declarer; readonly sinceMs: number },
): Refusal | undefined {
  if (tenants !== undefined && !all.some((one) => tenants.includes(one.name) && isOfTenant(one, declarer))) {
    return {
      rule: 'emergency/tenant',
      message: `the emergency does not count: only ${tenants.map((name) => `"${name}"`).join(', ')} may declare one`,
      fix: 'remove it, and ask one of them, or add the tenant to `emergencies.tenants` of the policy',
    };
  }
  const lastMs = sinceMs + longestMs;
  if (emergency.untilMs <= lastMs) return undefined;
  return {
    rule: 'emergency/longest',
    message: `the emergency does not count: it lasts until ${rfc3339Seconds(emergency.untilMs)}, and may last until ${rfc3339Seconds(lastMs)} at most`,
    fix: `declare a shorter one, or raise \`emergencies.longest\` in the policy`,
  };
}

/** When an emergency was declared: one that prolongs another which counts, and has not ended, goes on from there. */
export function emergencySinceMs(
  { untilMs }: Emergency,
  before: { readonly emergency?: Emergency; readonly refusedEmergency?: Emergency } | undefined,
  nowMs: number,
): number {
  const { emergency, refusedEmergency } = before ?? {};
  const isSame = (other: Emergency | undefined) => other?.untilMs === untilMs;
  if (isSame(refusedEmergency)) return refusedEmergency?.sinceMs ?? nowMs;
  if (emergency === undefined) return nowMs;
  return isSame(emergency) || emergency.untilMs > nowMs ? (emergency.sinceMs ?? nowMs) : nowMs;
}

/** What of an emergency is in force. */
export function checkedEmergency(
  emergency: Emergency,
  refusal: Refusal | undefined,
): Pick<Binding, 'emergency' | 'refusedEmergency'> {
  return refusal === undefined
    ? { emergency }
    : { refusedEmergency: { ...emergency, why: `${refusal.message}; ${refusal.fix}` } };
}

/** `approval of sha256:… by "alice" at …`, for a line of its own. */
export function permissionText(permission: Omit<Permission, 'file' | 'line' | 'column'>): string {
  const { kind, of, by, time, reason, binding, refusal, laterOnly } = permission;
  const why = reason === '' ? '' : `, because ${quote(reason)}`;
  const what =
    kind === 'emergency'
      ? `emergency of ${of} until ${time}${why}`
      : `approval of ${of}${binding === undefined ? '' : ` for ${binding}`} ${by === '' ? 'that names nobody' : `by ${quote(by)}`} at ${time}${why}`;
  if (refusal !== undefined) return `${what}: does not count: ${refusal.message}`;
  return `${what}: counts${laterOnly === undefined ? '' : ', for changes that an earlier revision brought'}`;
}

/** What an approval tells of itself. */
export function approvalPermission({
  digest,
  by,
  at,
  reason = '',
}: Approval): Pick<Permission, 'kind' | 'of' | 'by' | 'time' | 'reason'> {
  return { kind: 'approval', of: digest, by, time: at, reason };
}

/** What an emergency tells of itself. */
export function emergencyPermission(
  binding: BindingKey,
  { untilMs, reason }: Emergency,
): Pick<Permission, 'kind' | 'of' | 'by' | 'time' | 'reason' | 'binding'> {
  return { kind: 'emergency', of: binding, by: '', time: rfc3339Seconds(untilMs), reason, binding };
}

/** Whether two texts of approvals are the same: who, what, when and why. */
export function sameApproval(a: Approval | undefined, b: Approval | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return approvalText(a) === approvalText(b) && a.reason === b.reason && a.saidBy === b.saidBy;
}
