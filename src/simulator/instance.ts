import { type FleetInstance, INSTANCE_DEFAULTS } from './fleet.ts';

/** An instance of the simulated cloud; everything but its identity can change. */
export interface SimulatedInstance {
  readonly instanceId: string;
  /** Long code. */
  readonly region: string;
  /** Undefined: every account sees it. */
  readonly account: string | undefined;
  securityGroupIds: readonly string[];
  instanceName: string;
  tags: Readonly<Record<string, string>>;
  vpcId: string;
  subnetId: string;
  projectId: number;
  zone: string;
  state: string;
  restrictState: string;
  latestOperation: string;
  latestOperationState: string;
  latestOperationRequestId: string;
  latestOperationErrorMsg: string;
  isolatedSource: string;
  stopChargingMode: string;
  instanceType: string;
  instanceChargeType: string;
  imageId: string;
  osName: string;
  hostId: string;
  dedicatedClusterId: string;
  privateIpAddresses: readonly string[];
  publicIpAddresses: readonly string[];
  ipv6Addresses: readonly string[];
  createdTime: string;
  hostName: string;
  camRoleName: string;
  userData: string;
  disableApiTermination: boolean;
}

/** The instance that a fleet entry describes. */
export function createInstance(region: string, entry: FleetInstance): SimulatedInstance {
  const { account, ...fields } = entry;
  return {
    ...INSTANCE_DEFAULTS,
    zone: `${region}-1`,
    privateIpAddresses: [derivedAddress(entry.instanceId)],
    ...fields,
    securityGroupIds: [...entry.securityGroupIds],
    region,
    account,
  };
}

/** A private address that is always the same for an id; those of two ids may coincide. */
function derivedAddress(instanceId: string): string {
  let hash = 0;
  for (const letter of instanceId) hash = (Math.imul(hash, 31) + (letter.codePointAt(0) ?? 0)) >>> 0;
  return `10.${(hash >>> 16) % 256}.${(hash >>> 8) % 256}.${hash % 256}`;
}

/** `Uuid`: another name of the same instance, as unique as its id. */
export function uuidOf(instanceId: string): string {
  const digits = Buffer.from(instanceId.slice('ins-'.length)).toString('hex').padStart(32, '0').slice(-32);
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The id of the cloud disk that the instance starts from. */
export function systemDiskId(instanceId: string): string {
  return `disk-${instanceId.slice('ins-'.length)}`;
}

export const SYSTEM_DISK = { DiskType: 'CLOUD_PREMIUM', DiskSize: 50 } as const;

/** The fleet entry that describes the instance. */
export function fleetEntry(instance: SimulatedInstance): FleetInstance {
  const { region: _, account, ...fields } = instance;
  return account === undefined ? fields : { ...fields, account };
}

export interface StateObstacle {
  /** The code of API 3.0. */
  readonly code: string;
  readonly state: string;
}

/** What keeps the instance's groups from being changed, as a code of API 3.0; null when nothing does. */
export function stateObstacle(instance: SimulatedInstance): StateObstacle | null {
  if (instance.restrictState === 'PROTECTIVELY_ISOLATED') {
    return {
      code: 'UnsupportedOperation.InvalidInstanceNotSupportedProtectedInstance',
      state: instance.restrictState,
    };
  }
  if (instance.restrictState !== 'NORMAL') {
    // The vendor has no code of its own for an instance that is past due: it is on its way into isolation.
    return { code: stateCode('ISOLATING'), state: instance.restrictState };
  }
  if (instance.state === 'STOPPED' && instance.stopChargingMode === 'STOP_CHARGING') {
    return { code: 'UnsupportedOperation.StoppedModeStopCharging', state: 'STOPPED' };
  }
  if (instance.state !== 'RUNNING' && instance.state !== 'STOPPED') {
    return { code: stateCode(instance.state), state: instance.state };
  }
  if (instance.latestOperationState === 'OPERATING') {
    return { code: 'OperationDenied.InstanceOperationInProgress', state: instance.latestOperation };
  }
  return null;
}

/** `ENTER_RESCUE_MODE` becomes `UnsupportedOperation.InstanceStateEnterRescueMode`. */
function stateCode(state: string): string {
  const words = state.split('_').map((word) => word.slice(0, 1) + word.slice(1).toLowerCase());
  return `UnsupportedOperation.InstanceState${words.join('')}`;
}
