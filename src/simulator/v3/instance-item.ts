import { type SimulatedInstance, SYSTEM_DISK, systemDiskId, uuidOf } from '../instance.ts';

/** One item of `InstanceSet`: the fields that clients read, with the vendor's null where it has nothing to say. */
export function instanceItem(
  instance: SimulatedInstance,
  visibleList: readonly string[],
): Record<string, unknown> {
  const { instanceId, instanceChargeType, publicIpAddresses, ipv6Addresses } = instance;
  const isPrepaid = instanceChargeType === 'PREPAID';
  return {
    Placement: {
      Zone: instance.zone,
      ProjectId: instance.projectId,
      HostId: instance.hostId === '' ? null : instance.hostId,
    },
    InstanceId: instanceId,
    InstanceType: instance.instanceType,
    CPU: 2,
    Memory: 4,
    RestrictState: instance.restrictState,
    InstanceName: instance.instanceName,
    InstanceChargeType: instanceChargeType,
    SystemDisk: { ...SYSTEM_DISK, DiskId: systemDiskId(instanceId) },
    DataDisks: [],
    PrivateIpAddresses: instance.privateIpAddresses,
    PublicIpAddresses: publicIpAddresses.length === 0 ? null : publicIpAddresses,
    InternetAccessible: {
      InternetChargeType: 'TRAFFIC_POSTPAID_BY_HOUR',
      InternetMaxBandwidthOut: publicIpAddresses.length === 0 ? 0 : 1,
      PublicIpAssigned: publicIpAddresses.length > 0,
    },
    VirtualPrivateCloud: { VpcId: instance.vpcId, SubnetId: instance.subnetId, AsVpcGateway: false },
    ImageId: instance.imageId,
    RenewFlag: isPrepaid ? 'NOTIFY_AND_MANUAL_RENEW' : null,
    CreatedTime: instance.createdTime,
    ExpiredTime: null,
    OsName: instance.osName,
    SecurityGroupIds: [...visibleList],
    LoginSettings: { KeyIds: null },
    InstanceState: instance.state,
    Tags: Object.entries(instance.tags).map(([Key, Value]) => ({ Key, Value })),
    StopChargingMode: instance.stopChargingMode,
    Uuid: uuidOf(instanceId),
    LatestOperation: instance.latestOperation,
    LatestOperationState: instance.latestOperationState,
    LatestOperationRequestId: instance.latestOperationRequestId,
    LatestOperationErrorMsg: instance.latestOperationErrorMsg,
    DisasterRecoverGroupId: '',
    IPv6Addresses: ipv6Addresses.length === 0 ? null : ipv6Addresses,
    CamRoleName: instance.camRoleName,
    HpcClusterId: '',
    DedicatedClusterId: instance.dedicatedClusterId,
    IsolatedSource: instance.isolatedSource,
    LicenseType: 'TencentCloud',
    DisableApiTermination: instance.disableApiTermination,
    HostName: instance.hostName,
  };
}
