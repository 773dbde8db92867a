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
  readonly instanceType?: string;
  /** `InstanceChargeType`: `PREPAID`, `POSTPAID_BY_HOUR`, `CDHPAID`, `SPOTPAID` or `CDCPAID`. */
  readonly instanceChargeType?: string;
  readonly imageId?: string;
  readonly osName?: string;
  readonly hostId?: string;
  readonly dedicatedClusterId?: string;
  /** Absent: one that follows from the id. */
  readonly privateIpAddresses?: readonly string[];
  readonly publicIpAddresses?: readonly string[];
  readonly ipv6Addresses?: readonly string[];
  /** UTC, such as `2024-01-01T00:00:00Z`. */
  readonly createdTime?: string;
  readonly hostName?: string;
  readonly camRoleName?: string;
  /** Base64. */
  readonly userData?: string;
  readonly disableApiTermination?: boolean;
  /** The account that owns it; absent: every account sees it. */
  readonly account?: string;
}

/**
 * One rule of a security group: exactly one of the four sources or targets, and a protocol or a service template.
 * The first rule of a list has the highest priority.
 */
export interface FleetRule {
  readonly action: 'ACCEPT' | 'DROP';
  /** `TCP`, `UDP`, `ICMP`, `ICMPv6`, `GRE` or `ALL`. */
  readonly protocol?: string;
  /** `80`, `80,443`, `8000-8010` or `all`; with TCP and UDP. Absent: `all`. */
  readonly port?: string;
  /** `ppm-…` or `ppmg-…`. */
  readonly serviceTemplate?: string;
  readonly cidrBlock?: string;
  readonly ipv6CidrBlock?: string;
  readonly securityGroupId?: string;
  /** `ipm-…` or `ipmg-…`. */
  readonly addressTemplate?: string;
  readonly description?: string;
  /** Such as `2024-01-01 00:00:00`. */
  readonly modifyTime?: string;
}

/** A template or a group of templates; every account sees it. */
export interface FleetTemplate {
  /** `ipm-…`, `ipmg-…`, `ppm-…` or `ppmg-…`. */
  readonly templateId: string;
  readonly name?: string;
  /** Addresses, services, or the ids of templates. */
  readonly members: readonly string[];
  /** Such as `2024-01-01 00:00:00`. */
  readonly createdTime?: string;
}

/** What a region has of each kind. */
export interface FleetTemplates {
  readonly addressTemplates?: readonly FleetTemplate[];
  readonly addressTemplateGroups?: readonly FleetTemplate[];
  readonly serviceTemplates?: readonly FleetTemplate[];
  readonly serviceTemplateGroups?: readonly FleetTemplate[];
}

export interface FleetGroup {
  readonly securityGroupId: string;
  readonly name?: string;
  readonly description?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** Such as `2024-01-01 00:00:00`. */
  readonly createdTime?: string;
  /** Absent: the same as `createdTime`. */
  readonly updateTime?: string;
  readonly projectId?: number;
  /** Absent: no rules, which refuses everything. */
  readonly ingress?: readonly FleetRule[];
  readonly egress?: readonly FleetRule[];
  /** How often the rules were changed; absent: never. */
  readonly rulesVersion?: number;
  /** The account that owns it; absent: every account sees it. */
  readonly account?: string;
}

export interface FleetRegion extends FleetTemplates {
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
  instanceType: 'S5.MEDIUM4',
  instanceChargeType: 'POSTPAID_BY_HOUR',
  imageId: 'img-487zeit5',
  osName: 'Ubuntu Server 22.04 LTS 64bit',
  hostId: '',
  dedicatedClusterId: '',
  publicIpAddresses: [],
  ipv6Addresses: [],
  createdTime: '2024-01-01T00:00:00Z',
  hostName: '',
  camRoleName: '',
  userData: '',
  disableApiTermination: false,
} as const;

/** When a group was made where the fleet does not say. */
export const GROUP_CREATED_TIME = '2024-01-01 00:00:00';

/** The longest names that the vendor documents, in characters. */
export const MAX_NAME_LENGTHS = {
  instance: 128,
  group: 60,
  groupDescription: 100,
  ruleDescription: 100,
  template: 60,
  tagKey: 127,
  tagValue: 255,
} as const;
