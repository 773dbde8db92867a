/** What is known of security groups: their rules as the cloud tells them, and what those refer to. Plain readonly data. */
import type { SecurityGroupId } from '../../api/ids.ts';

export type Direction = 'ingress' | 'egress';
export type Family = 'ipv4' | 'ipv6';

export const DIRECTIONS: readonly Direction[] = ['ingress', 'egress'];
export const FAMILIES: readonly Family[] = ['ipv4', 'ipv6'];

/**
 * One rule with the texts of the cloud; an empty text counts as absent. What has no address is for every address of both
 * families, and what has no service is for every service.
 */
export interface Rule {
  readonly action: 'ACCEPT' | 'DROP';
  /** `TCP`, `UDP`, `ICMP`, `ICMPV6`, `GRE` or `ALL`, in any case. */
  readonly protocol?: string;
  /** `80`, `80,443`, `8000-8010`, `all`; only with TCP and UDP. */
  readonly port?: string;
  /** `ppm-…` or `ppmg-…`. */
  readonly serviceTemplate?: string;
  readonly cidrBlock?: string;
  readonly ipv6CidrBlock?: string;
  /** The members of this group. */
  readonly securityGroupId?: string;
  /** `ipm-…` or `ipmg-…`. */
  readonly addressTemplate?: string;
}

/** The rules of one group, the first has the highest priority; or why nobody knows them. */
export type GroupRules =
  | {
      readonly ingress: readonly Rule[];
      readonly egress: readonly Rule[];
      /** As the cloud counts its changes; absent where it tells none. */
      readonly version?: string;
    }
  | {
      readonly unreadable: string;
      /** The failure says nothing of the group and is over sooner or later; otherwise somebody has to act. */
      readonly passing?: true;
    };

/** What was read, by id. What is not in here was not read, and may hold anything. */
export interface RuleBook {
  /** A group that does not exist any more is `unreadable` or absent, never a group without rules. */
  readonly groups: ReadonlyMap<SecurityGroupId, GroupRules>;
  /** Members of `ipm-…`: `10.0.0.1`, `10.0.0.0/8`, `10.0.0.1-10.0.0.9`. */
  readonly addressTemplates?: ReadonlyMap<string, readonly string[]>;
  /** `ipmg-…`: the `ipm-…` in it. */
  readonly addressTemplateGroups?: ReadonlyMap<string, readonly string[]>;
  /** Members of `ppm-…`: `tcp:80`, `udp:53,123`, `tcp:all`, `icmp`. */
  readonly serviceTemplates?: ReadonlyMap<string, readonly string[]>;
  /** `ppmg-…`: the `ppm-…` in it. */
  readonly serviceTemplateGroups?: ReadonlyMap<string, readonly string[]>;
  /** Addresses of the members of groups, for those that shall not be unknown: they move with every instance. */
  readonly members?: ReadonlyMap<string, readonly string[]>;
}

/** The listings of templates, as a book calls them. */
export type TemplateKind = keyof Omit<RuleBook, 'groups' | 'members'>;

/** Where a rule stands: the index counts from 0, as the cloud does. */
export interface RuleRef {
  readonly sgId: SecurityGroupId;
  readonly index: number;
}

/** What a rule refers to and nobody has read; it may stand for any set of packets. */
export interface Unknown {
  /**
   * - `members`   of a group, as addresses
   * - `addresses` of an address template
   * - `services`  of a service template
   * - `rules`     of a group
   * - `text`      of a rule or template, with no meaning that is documented
   */
  readonly kind: 'members' | 'addresses' | 'services' | 'rules' | 'text';
  /** The id, or the text. */
  readonly name: string;
}

/** Groups of templates name their members by id, so the listings of those are in it as well. */
export function referredKinds(groups: Iterable<GroupRules>): TemplateKind[] {
  const kinds = new Set<TemplateKind>();
  for (const group of groups) {
    if ('unreadable' in group) continue;
    for (const { addressTemplate = '', serviceTemplate = '' } of DIRECTIONS.flatMap((one) => group[one])) {
      if (addressTemplate !== '') kinds.add('addressTemplates');
      if (addressTemplate.startsWith('ipmg-')) kinds.add('addressTemplateGroups');
      if (serviceTemplate !== '') kinds.add('serviceTemplates');
      if (serviceTemplate.startsWith('ppmg-')) kinds.add('serviceTemplateGroups');
    }
  }
  return [...kinds];
}
