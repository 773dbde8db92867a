import { describe, expect, it } from 'vitest';
import {
  G1,
  G3,
  INSTANCE_A,
  INSTANCE_B,
  INSTANCE_SHANGHAI,
  instanceSet,
  simulated,
} from '../../test/wire/simulated.ts';

const MODIFY = 'ModifySecurityGroupsOfInstance';
const many = (count: number) => Array.from({ length: count }, (_, n) => `ins-${String(n).padStart(8, '0')}`);
const SIX = ['1', '2', '3', '4', '5', '6'].map((digit) => `sg-0000000${digit}`);

describe('a write of API 2.0 that production refuses changes nothing', () => {
  it.each([
    { reason: 'no instance', params: {}, code: '4000' },
    { reason: '21 instances', params: instanceSet(many(21).map((id) => [id, [G1]])), code: '4000' },
    { reason: 'an empty list', params: instanceSet([[INSTANCE_A, []]]), code: '4000' },
    { reason: 'a group twice', params: instanceSet([[INSTANCE_A, [G3, G3]]]), code: '4000' },
    {
      reason: 'an instance twice',
      params: instanceSet([
        [INSTANCE_A, [G3]],
        [INSTANCE_A, [G1]],
      ]),
      code: '4000',
    },
    { reason: 'six groups', params: instanceSet([[INSTANCE_A, SIX]]), code: '4000' },
    { reason: 'a malformed instance id', params: instanceSet([['i-1', [G3]]]), code: '4000' },
    {
      reason: 'a list with a gap',
      params: { ...instanceSet([[INSTANCE_A, [G3]]]), 'instanceSet.0.sgIds.2': G1 },
      code: '4000',
    },
    {
      reason: 'an unknown instance',
      params: instanceSet([
        [INSTANCE_A, [G3]],
        ['ins-unknown1', [G3]],
      ]),
      code: '5000',
    },
    {
      reason: 'an instance of another region',
      params: instanceSet([[INSTANCE_SHANGHAI, [G3]]]),
      code: '5000',
    },
    { reason: 'an unknown group', params: instanceSet([[INSTANCE_A, ['sg-unknown1']]]), code: '7001' },
    {
      reason: 'a group of another region',
      params: instanceSet([[INSTANCE_A, ['sg-shanghai']]]),
      code: '7001',
    },
  ])('$reason: $code', async ({ params, code }) => {
    const cloud = simulated();
    expect(String((await cloud.v2(MODIFY, params)).code)).toBe(code);
    expect(cloud.state.history).toEqual([]);
  });
});

describe('a write of API 3.0 that production refuses changes nothing', () => {
  it.each([
    {
      reason: 'no instance',
      body: { InstanceIds: [], SecurityGroups: [G3] },
      code: 'InvalidParameterValue.NotEmpty',
    },
    {
      reason: '101 instances',
      body: { InstanceIds: many(101), SecurityGroups: [G3] },
      code: 'InvalidParameterValue.LimitExceeded',
    },
    {
      reason: 'an empty list',
      body: { InstanceIds: [INSTANCE_A], SecurityGroups: [] },
      code: 'InvalidParameterValue.NotEmpty',
    },
    {
      reason: 'a group twice',
      body: { InstanceIds: [INSTANCE_A], SecurityGroups: [G3, G3] },
      code: 'InvalidParameterValue.Duplicate',
    },
    {
      reason: 'six groups',
      body: { InstanceIds: [INSTANCE_A], SecurityGroups: SIX },
      code: 'LimitExceeded.AssociateUSGLimitExceeded',
    },
    {
      reason: 'two attributes',
      body: { InstanceIds: [INSTANCE_A], SecurityGroups: [G3], InstanceName: 'x' },
      code: 'InvalidParameterCombination',
    },
    { reason: 'no attribute', body: { InstanceIds: [INSTANCE_A] }, code: 'MissingParameter' },
    {
      reason: 'an unknown parameter',
      body: { InstanceIds: [INSTANCE_A], SecurityGroupIds: [G3] },
      code: 'UnknownParameter',
    },
    {
      reason: 'a wrong type',
      body: { InstanceIds: INSTANCE_A, SecurityGroups: [G3] },
      code: 'InvalidParameter',
    },
    {
      reason: 'an unknown instance',
      body: { InstanceIds: ['ins-unknown1'], SecurityGroups: [G3] },
      code: 'InvalidInstanceId.NotFound',
    },
    {
      reason: 'an unknown group',
      body: { InstanceIds: [INSTANCE_A], SecurityGroups: ['sg-unknown1'] },
      code: 'InvalidSecurityGroupId.NotFound',
    },
  ])('$reason: $code', async ({ body, code }) => {
    const cloud = simulated();
    expect((await cloud.v3('ModifyInstancesAttribute', body)).Error?.Code).toBe(code);
    expect(cloud.state.history).toEqual([]);
  });
});

describe('the state of an instance', () => {
  it.each([
    [{ state: 'REBOOTING' }, 'UnsupportedOperation.InstanceStateRebooting'],
    [{ state: 'ENTER_SERVICE_LIVE_MIGRATE' }, 'UnsupportedOperation.InstanceStateEnterServiceLiveMigrate'],
    [{ restrictState: 'EXPIRED' }, 'UnsupportedOperation.InstanceStateIsolating'],
    [
      { restrictState: 'PROTECTIVELY_ISOLATED' },
      'UnsupportedOperation.InvalidInstanceNotSupportedProtectedInstance',
    ],
    [{ state: 'STOPPED', stopChargingMode: 'STOP_CHARGING' }, 'UnsupportedOperation.StoppedModeStopCharging'],
    [{ latestOperationState: 'OPERATING' }, 'OperationDenied.InstanceOperationInProgress'],
  ])('%j forbids a change of the whole batch, on both generations', async (fields, code) => {
    const cloud = simulated();
    cloud.state.patch(INSTANCE_B, fields);
    const body = { InstanceIds: [INSTANCE_A, INSTANCE_B], SecurityGroups: [G3] };
    expect((await cloud.v3('ModifyInstancesAttribute', body)).Error?.Code).toBe(code);
    const old = await cloud.v2(
      MODIFY,
      instanceSet([
        [INSTANCE_A, [G3]],
        [INSTANCE_B, [G3]],
      ]),
    );
    expect(String(old.code)).toBe('7003');
    expect(cloud.state.history).toEqual([]);
  });

  it('STOPPED alone forbids nothing', async () => {
    const cloud = simulated();
    cloud.state.patch(INSTANCE_A, { state: 'STOPPED' });
    expect((await cloud.v2(MODIFY, instanceSet([[INSTANCE_A, [G3]]]))).code).toBe(0);
  });
});
