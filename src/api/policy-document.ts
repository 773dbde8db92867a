/** What a valid policy file says, as it says it: durations and shares are texts. */
import type { InstanceId, SecurityGroupId } from './ids.ts';

export const POLICY_KIND = 'CvmsgPolicy';

/** Which instances a rule is about; everything that is said must fit. */
export interface PolicyScope {
  readonly regions?: readonly string[];
  readonly tags?: Readonly<Record<string, string>>;
  readonly namespaces?: readonly string[];
  /** Prefixes of files in the directory, such as `teams/shop/`. */
  readonly paths?: readonly string[];
}

export interface PolicyMustKeep extends PolicyScope {
  readonly sgId: SecurityGroupId;
  readonly position?: 'first' | number;
}

export interface PolicyForbidden extends PolicyScope {
  readonly sgId: SecurityGroupId;
}

/** Traffic that no change may open. */
export interface PolicyExposure extends PolicyScope {
  readonly name: string;
  /** Services such as `tcp/22`, all without them; and one of `from` (ingress) and `to` (egress), prefixes of both families. */
  readonly never: {
    readonly services?: readonly string[];
    readonly from?: readonly string[];
    readonly to?: readonly string[];
  };
  /** Prefixes that may be opened to all the same. */
  readonly except?: readonly string[];
  /** What may open, by what nobody has read; absent: `deny`. */
  readonly conditional?: 'deny' | 'allow';
  /** Whether an approved plan passes; absent: `deny`. */
  readonly approval?: 'deny' | 'allow';
}

export interface PolicyWindow extends PolicyScope {
  readonly name: string;
  readonly effect: 'allow' | 'deny';
  readonly schedule: string;
  readonly duration: string;
  readonly timeZone: string;
}

export interface PolicyTenant {
  readonly name: string;
  /** Globs over the namespaces of objects and documents. */
  readonly namespaces?: readonly string[];
  /** Prefixes of files in the directory, such as `teams/shop/`. */
  readonly paths?: readonly string[];
  /** Absent: all instances. Otherwise an instance fits when one of these names it. */
  readonly instances?: {
    readonly ids?: readonly InstanceId[];
    /** All of these tags together. */
    readonly tags?: Readonly<Record<string, string>>;
    readonly vpcIds?: readonly string[];
  };
  /** Absent: all groups. */
  readonly groups?: readonly SecurityGroupId[];
}

/** The larger of a share of the instances, such as `20%`, and a number of them. */
export interface PolicyLimit {
  readonly share?: string;
  readonly count?: number;
}

export interface PolicyDocument {
  /** What is not said of it keeps its default. */
  readonly blastRadius?:
    | 'none'
    | (PolicyLimit & {
        readonly period?: string;
        /** Of all tenants of a scope together. */
        readonly total?: PolicyLimit;
      });
  readonly mustKeep?: readonly PolicyMustKeep[];
  readonly forbidden?: readonly PolicyForbidden[];
  readonly exposure?: readonly PolicyExposure[];
  readonly windows?: readonly PolicyWindow[];
  readonly tenants?: readonly PolicyTenant[];
  /** Absent: all regions. */
  readonly regions?: readonly string[];
  /** Globs over `default`, profiles and `namespace/secret`; absent: all. */
  readonly accounts?: readonly string[];
  readonly fights?: { readonly rewrites?: number; readonly within?: string; readonly pace?: string };
  readonly approvals?: {
    readonly paths?: readonly string[];
    readonly annotations?: boolean;
    readonly laterRevision?: boolean;
    readonly verified?: boolean;
  };
  readonly emergencies?: { readonly longest?: string; readonly tenants?: readonly string[] };
  readonly verifyGroups?: boolean;
}
