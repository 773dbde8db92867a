import { describe, expect, it } from 'vitest';
import { vendorCodes } from '../../test/wire/vendor-codes.ts';
import type { CloudErrorKind } from '../core/cloud-error.ts';
import { classifyCode, isRetiredFace } from './error-table.ts';

const DOCUMENTED: Readonly<Partial<Record<CloudErrorKind, string>>> = {
  invalid:
    '4000 4600 InvalidInstanceId.Malformed InvalidParameterValue.Range InvalidParameter MissingParameter InvalidInstance.NotSupported',
  credential:
    '4100 4104 4105 4106 AuthFailure.SignatureFailure AuthFailure.SecretIdNotFound AuthFailure.TokenFailure',
  denied:
    '4101 4102 4103 4110 4300 UnauthorizedOperation UnauthorizedOperation.PermissionDenied AuthFailure.UnauthorizedOperation',
  clock: '4200 4500 AuthFailure.SignatureExpire',
  throttled: '4400 RequestLimitExceeded RequestLimitExceeded.UinLimitExceeded',
  'not-found': '5000 7001 InvalidSecurityGroupId.NotFound InvalidInstanceId.NotFound',
  transient:
    '5100 6000 6200 7000 InternalServerError InternalError FailedOperation.SecurityGroupActionFailed SecGroupActionFailure MutexOperation.TaskRunning OperationDenied.InstanceOperationInProgress ResourceInUse ResourceUnavailable ResourceBusy',
  partial: '5400',
  retired: '6100 ActionOffline',
  blocked:
    '7003 UnsupportedOperation.InstanceStateStopping UnsupportedOperation.InstanceState UnsupportedOperation.StoppedModeStopCharging UnsupportedOperation.InvalidInstanceNotSupportedProtectedInstance',
  quota:
    'LimitExceeded.AssociateUSGLimitExceeded LimitExceeded.CvmsVifsPerSecGroupLimitExceeded LimitExceeded.SingleUSGQuota',
};

describe('the error table', () => {
  it.each(
    Object.entries(DOCUMENTED).flatMap(([kind, codes]) => codes.split(' ').map((code) => [code, kind])),
  )('takes the documented code %s for %s', (code, kind) => expect(classifyCode(code)).toBe(kind));

  it('takes every code that the official SDKs list for the kind that was judged', () => {
    const checked = vendorCodes();
    expect(checked.size).toBeGreaterThan(900);
    const other = [...checked].filter(([code, kind]) => classifyCode(code) !== kind);
    expect(other).toEqual([]);
  });

  it.each([
    {
      code: 'UnauthorizedOperation.InvalidToken',
      kind: 'credential',
      reason: 'the token is over; new keys end that',
    },
    { code: 'UnauthorizedOperation.TokenExpired', kind: 'credential', reason: 'the same in other words' },
    { code: 'UnauthorizedOperation.MFAExpired', kind: 'credential', reason: 'as 4106 of API 2.0' },
    { code: 'UnauthorizedOperation.CamNoAuth', kind: 'denied', reason: 'no key has the permission' },
    { code: 'LimitExceeded.ActionLimited', kind: 'throttled', reason: 'calls, not resources' },
    { code: 'OperationDenied.MutexTaskRunning', kind: 'transient', reason: 'another task runs' },
    { code: 'UnsupportedOperation.ResourceProcessing', kind: 'transient', reason: 'another task runs' },
    { code: 'FailedOperation.IllegalTagKey', kind: 'invalid', reason: 'the filter of a listing' },
    { code: 'UnsupportedOperation.SgNumExceedLimit', kind: 'quota', reason: 'a limit of rules' },
    { code: 'InvalidInstanceState', kind: 'blocked', reason: 'the instance as it is' },
    { code: 'UnsupportedOperation.InvalidInstancesOwner', kind: 'denied', reason: 'not the user’s instance' },
    { code: 'FailedOperation.InvalidRegion', kind: 'region', reason: 'the region in other words' },
    { code: 'IpNotInWhitelist', kind: 'denied', reason: 'from this address nothing passes' },
    { code: '4199', kind: 'denied', reason: 'the family of authorisation' },
    { code: '4700', kind: 'invalid', reason: 'the family that blames the request' },
    { code: '7999', kind: 'transient', reason: 'a backend failure nobody described' },
    { code: '-3047', kind: 'transient', reason: 'not in any family' },
    { code: '40000', kind: 'transient', reason: 'five digits are no 4xxx' },
    { code: 'InvalidZone.MismatchRegion', kind: 'invalid', reason: 'Invalid…' },
    { code: 'ResourceNotFound.Something', kind: 'not-found', reason: 'NotFound…' },
    {
      code: 'OperationDenied.ChcInstance',
      kind: 'denied',
      reason: 'denied for good, unlike an operation in progress',
    },
    { code: 'UnsupportedOperation.SpecialInstanceType', kind: 'blocked', reason: 'the instance as it is' },
    { code: 'UnsupportedRegion', kind: 'region', reason: 'the answer of every call in such a region' },
    { code: 'InvalidRegion.NotFound', kind: 'region', reason: 'the same in other words' },
    { code: 'InvalidParameterValue.RegionNotSupported', kind: 'region', reason: 'the same in other words' },
    { code: 'UnsupportedProduct', kind: 'invalid', reason: 'Unsupported…, but no operation' },
    { code: 'SomethingNew', kind: 'transient', reason: 'unknown: bounded retries, then a visible condition' },
    { code: 'XRequestLimitExceeded', kind: 'transient', reason: 'a row matches from the first letter' },
  ])('takes the undocumented code $code for $kind: $reason', ({ code, kind, reason }) => {
    expect(classifyCode(code), reason).toBe(kind);
  });

  it.each([
    { api: 'v2', code: '6100', retired: true },
    { api: 'v2', code: '4300', retired: true },
    { api: 'v2', code: 'ActionOffline', retired: true },
    { api: 'v2', code: '4100', retired: false },
    { api: 'v2', code: '4000', retired: false },
    { api: 'v2', code: 'InvalidAction', retired: false },
    { api: 'v3', code: 'ActionOffline', retired: false },
  ] as const)('sees in $code of $api the face of a retired 2.0: $retired', ({ api, code, retired }) => {
    expect(isRetiredFace(api, code)).toBe(retired);
  });
});
