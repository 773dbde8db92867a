/**
 * The one table from vendor codes of both generations to {@link CloudErrorKind}. It classifies and nothing more:
 * what to do about a kind is decided in one other place.
 */
import type { ApiGeneration, CloudErrorKind } from '../core/cloud-error.ts';

/** `*` stands for any text. The first row that matches wins, so exceptions stand above their family. */
const ROWS: readonly (readonly [kind: CloudErrorKind, ...patterns: string[]])[] = [
  // API 2.0: numbers.
  ['invalid', '4000', '4600'],
  ['credential', '4100', '4104', '4105', '4106'],
  ['denied', '4101', '4102', '4103', '4110', '4300'],
  ['clock', '4200', '4500'],
  ['throttled', '4400'],
  ['not-found', '5000', '7001'],
  ['transient', '5100', '6000', '6200', '7000'],
  ['partial', '5400'],
  ['retired', '6100'],
  ['blocked', '7003'],
  // API 3.0, and API 2.0 with a Version: words.
  ['retired', 'ActionOffline*'],
  ['throttled', 'RequestLimitExceeded*', 'LimitExceeded.ActionLimited'],
  ['clock', 'AuthFailure.SignatureExpire*'],
  // A token that is over, or a login without its second factor: new keys end that, no permission does.
  [
    'credential',
    'UnauthorizedOperation.*Token*',
    'UnauthorizedOperation.MFA*',
    'FailedOperation.*MFA*',
    'InvalidParameter.WebIdentityToken*',
    'InvalidParameter.AccessKey*',
  ],
  [
    'denied',
    'UnauthorizedOperation*',
    'AuthFailure.UnauthorizedOperation*',
    'AuthFailure.CamRoleName*',
    'InvalidPermission*',
    'InvalidAccount.*',
    'AccountQualificationRestrictions*',
    'FailedOperation.NotMasterAccount',
    'FailedOperation.TempKeyNotAllowed',
    'UnsupportedOperation.InvalidInstancesOwner',
    'IpInBlacklist*',
    'IpNotInWhitelist*',
  ],
  ['credential', 'AuthFailure*'],
  [
    'region',
    'UnsupportedRegion*',
    'InvalidRegion*',
    '*.RegionNotSupported',
    '*.UnsupportedRegion',
    '*.InvalidRegion',
    'UnsupportedOperation.Region',
    'UnsupportedOperation.ServiceUnsupportedRegion',
  ],
  [
    'transient',
    'InternalServerError*',
    'InternalError*',
    'SecGroupActionFailure*',
    'MutexOperation*',
    'OperationDenied.InstanceOperationInProgress',
    'OperationDenied.Mutex*',
    'UnsupportedOperation.Mutex*',
    'UnsupportedOperation.ResourceProcessing',
    'UnsupportedOperation.IdempotentProcessing',
    'ResourceInUse*',
    'ResourceUnavailable*',
    'ResourceBusy*',
  ],
  [
    'blocked',
    'UnsupportedOperation.InstanceState*',
    'UnsupportedOperation.StoppedModeStopCharging',
    'UnsupportedOperation.InvalidInstanceNotSupportedProtectedInstance',
    'InvalidInstanceState*',
    'InvalidParameterValue.InvalidInstanceState',
    'FailedOperation.InvalidInstanceApplicationRole*',
  ],
  ['not-found', '*.NotFound', 'ResourceNotFound*'],
  // A limit of the request itself; those of the account follow.
  ['invalid', 'LimitExceeded.NumberOfFilters'],
  [
    'quota',
    'LimitExceeded*',
    '*QuotaLimitExceeded*',
    'VpcLimitExceeded*',
    'OverQuota*',
    'UnsupportedOperation.SgNumExceedLimit',
    'UnsupportedOperation.UserLimitOperationExceedQuota',
  ],
  [
    'invalid',
    'Invalid*.Malformed',
    'InvalidParameter*',
    'MissingParameter*',
    'InvalidInstance.NotSupported',
    'UnknownParameter*',
    'FailedOperation.IllegalTag*',
    'FailedOperation.TagKeyReserved',
    'RequestSizeLimitExceeded*',
    'ResponseSizeLimitExceeded*',
    'DryRunOperation*',
  ],
  // Families: codes that no document names, by the vendor's own prefixes.
  ['denied', 'OperationDenied*', '41??'],
  // An operation that is refused for what the instance is or does: a slow second look costs nothing.
  ['blocked', 'UnsupportedOperation*'],
  ['transient', 'FailedOperation*', 'ResourceInsufficient*'],
  // Everything of 4xxx blames the request, and so does every other `Invalid…`, `Unsupported…` and `NoSuch…`.
  ['invalid', '4???', 'Invalid*', 'Unsupported*', 'NoSuch*'],
];

const TABLE = ROWS.flatMap(([kind, ...patterns]) =>
  patterns.map((pattern) => ({ kind, matcher: new RegExp(`^${toExpression(pattern)}$`) })),
);

function toExpression(pattern: string): string {
  return pattern.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '\\d');
}

/**
 * The kind of a vendor code, such as `7003` or `InvalidInstanceId.NotFound`.
 *
 * A code that no row knows is `transient`: its retries are bounded and end in a visible condition, whereas a
 * terminal kind would stop healing for a failure that may well have passed.
 */
export function classifyCode(code: string): CloudErrorKind {
  return TABLE.find(({ matcher }) => matcher.test(code))?.kind ?? 'transient';
}

/** Codes with which a generation that is not offered to this account any more answers; 4300 is one only for `--api auto`. */
const RETIRED_FACES: readonly string[] = ['6100', '4300', 'ActionOffline'];

/** Whether API 2.0 answered `code` as a retired API does. */
export function isRetiredFace(api: ApiGeneration, code: string): boolean {
  return api === 'v2' && RETIRED_FACES.some((face) => code === face || code.startsWith(`${face}.`));
}
