/** What the simulated cloud holds at its start: accounts, security groups and instances, per region. */

/** Every field but the id may be left out; see {@link INSTANCE_DEFAULTS}. */
export interface FleetInstance {
  readonly instanceId: string;
  /** Ordered: the first has the highest priority. */
  readonly securityGroupIds: readonly string[];
  readonly instanceName?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly vpcId?: string;
  readonly subnetId?: string;
  readonly projectId?: number;
  readonly zone?: string;
  /** `InstanceState`, such as `RUNNING`, `STOPPED` or `REBOOTING`. */
  readonly state?: string;
  /** `RestrictState`: `NORMAL`, `EXPIRED` or `PROTECTIVELY_ISOLATED`. */
  readonly restrictState?: string;
  readonly latestOperation?: string;
  /** `LatestOperationState`: `SUCCESS`, `OPERATING` or `FAILED`. */
  readonly latestOperationState?: string;
  readonly latestOperationRequestId?: string;
  readonly latestOperationErrorMsg?: string;
  readonly isolatedSource?: string;
  /** `StopChargingMode`: `KEEP_CHARGING`, `STOP_CHARGING` or `NOT_APPLICABLE`. */
  readonly stopChargingMode?: string;
  /** The account that owns it; absent: every account sees it. */
  readonly account?: string;
}

export interface FleetGroup {
  readonly securityGroupId: string;
  readonly name?: string;
  readonly projectId?: number;
  /** The account that owns it; absent: every account sees it. */
  readonly account?: string;
}

export interface FleetRegion {
  readonly securityGroups: readonly FleetGroup[];
  readonly instances: readonly FleetInstance[];
}

export interface Fleet {
  /** Account names; at least one. Each has its own credentials and its own quotas. */
  readonly accounts: readonly string[];
  /** By long region code, such as `ap-guangzhou`. */
  readonly regions: Readonly<Record<string, FleetRegion>>;
}

/** The account of a fleet that names none. */
export const DEFAULT_ACCOUNT = 'default';

/** What an instance is where the fleet does not say otherwise. */
export const INSTANCE_DEFAULTS = {
  instanceName: '',
  tags: {},
  vpcId: 'vpc-00000001',
  subnetId: 'subnet-00000001',
  projectId: 0,
  state: 'RUNNING',
  restrictState: 'NORMAL',
  latestOperation: 'RunInstances',
  latestOperationState: 'SUCCESS',
  latestOperationRequestId: '',
  latestOperationErrorMsg: '',
  isolatedSource: 'NOTISOLATED',
  stopChargingMode: 'NOT_APPLICABLE',
} as const;
