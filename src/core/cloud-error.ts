/** A failed call to the cloud as data: what kind it is, and the vendor's own words for the user. */
import { suggestRegion } from '../api/region.ts';

/**
 * What a failure means for the one who called. The kinds are closed: every vendor code maps to one of them.
 *
 * - `throttled`  the shared quota is used up; slow down, then the same again
 * - `transient`  the backend failed for now (5100, 7000, InternalError): the same again, later
 * - `network`    no usable reply: refused, reset, timed out, name not resolved, HTTP 5xx, HTML, truncated JSON
 * - `partial`    the batch was partly executed (5400): re-read each instance
 * - `blocked`    the instance's state forbids it (7003): wait for the state to change
 * - `not-found`  an instance or a group does not exist (or belongs to somebody else)
 * - `quota`      a limit on groups per instance or instances per group
 * - `invalid`    the request itself is wrong
 * - `region`     the cloud does not offer the region, so every call of the scope is refused
 * - `credential` signature, unknown key, expired or missing token; credentials that could not be had
 * - `clock`      timestamp or nonce refused
 * - `denied`     not authorised, banned
 * - `retired`    this generation of the API is not offered to this account any more
 */
export const CLOUD_ERROR_KINDS = [
  'throttled',
  'transient',
  'network',
  'partial',
  'blocked',
  'not-found',
  'quota',
  'invalid',
  'region',
  'credential',
  'clock',
  'denied',
  'retired',
] as const;

export type CloudErrorKind = (typeof CLOUD_ERROR_KINDS)[number];

/** The code of a failure that comes before the call: what should hold the credentials does not exist. */
export const CREDENTIALS_NOT_FOUND = 'CredentialsNotFound';

/** The code of an answer, or of a part of one, that cannot be used. */
export const UNREADABLE = 'UNREADABLE';

/** The generation of the cloud's API: 2.0 (`*.api.qcloud.com`) or 3.0 (`*.tencentcloudapi.com`). */
export type ApiGeneration = 'v2' | 'v3';

export interface CloudError {
  readonly kind: CloudErrorKind;
  readonly api: ApiGeneration;
  /** The vendor's action, such as `ModifySecurityGroupsOfInstance`. */
  readonly action: string;
  /** The vendor's code as text (`7003`, `InvalidInstanceId.NotFound`), `HTTP 502`, or a transport code such as `ECONNRESET`. */
  readonly code: string;
  /** The vendor's message, unchanged, or what was seen in its place; never holds a secret. */
  readonly message: string;
  /** The vendor's request id; for API 2.0, which has none, `nonce=… timestamp=…` of the request. */
  readonly requestId: string;
  /** False when the request certainly never reached the cloud, so that it certainly changed nothing. */
  readonly sent: boolean;
}

/** Whether what is refused may be the region: API 2.0 has one code for an unknown region and for any wrong parameter. */
export function mayBeRegion({ kind, code }: CloudError): boolean {
  return kind === 'invalid' && code === '4000';
}

/** Whether the cloud says that it saw this request before: somebody on the way sent it twice, and the first one may have been carried out. */
export function isRepeated({ api, code }: Pick<CloudError, 'api' | 'code'>): boolean {
  return api === 'v2' && code === '4500';
}

/** What is said of a failed call in a region. @param named where the user has named the region. */
export function failureText(
  { kind, code, message }: CloudError,
  region: string,
  named = 'spec.region',
): string {
  const words = `${code}: ${message}`;
  if (kind !== 'region') return words;
  const meant = suggestRegion(region);
  const fix =
    meant === undefined
      ? `correct ${named}, or have the region opened for this account`
      : `correct ${named}: did you mean "${meant}"?`;
  return `the cloud does not offer region "${region}" (${words}); ${fix}`;
}
