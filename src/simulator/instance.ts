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
}

/** The instance that a fleet entry describes. */
export function createInstance(region: string, entry: FleetInstance): SimulatedInstance {
  const { account, ...fields } = entry;
  return {
    ...INSTANCE_DEFAULTS,
    zone: `${region}-1`,
    ...fields,
    securityGroupIds: [...entry.securityGroupIds],
    region,
    account,
  };
}

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
    return { code: stateCode(instance.restrictState), state: instance.restrictState };
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
