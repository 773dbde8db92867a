/**
 * What the operator of a fleet allows, whatever bindings declare. Plain data, read from a policy file; the guards
 * decide by it.
 */
import type { SecurityGroupId } from '../api/ids.ts';
import type { PolicyTenant } from '../api/policy-document.ts';
import type { AllowedScopes } from './allowed-scopes.ts';
import type { Direction } from './firewall/rules.ts';

/** Which instances a rule is about; everything that is said must fit, and {} is all of them. */
export interface RuleScope {
  /** Long region names. */
  readonly regions?: readonly string[];
  /** Tags that the instance has, each with exactly this value. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Globs over the namespaces of bindings: `*` is any text, `?` one character. */
  readonly namespaces?: readonly string[];
  /** Prefixes of the files that declare, such as `teams/shop/`; an object of a cluster stands in none. */
  readonly paths?: readonly string[];
}

/** The larger of a share of the instances, 0 to 1, and a number of them. */
export interface Limit {
  readonly share: number;
  readonly count: number;
}

/** How many instances of a tenant may change at once in a scope without an approval. */
export interface BlastRadius extends Limit {
  /** Of all tenants of a scope together; absent: the sum of what each may. */
  readonly total?: Limit;
  /** What changed within this time counts as at once. */
  readonly periodMs: number;
}

/** A group that every instance must have. */
export interface MustKeepRule {
  readonly sgId: SecurityGroupId;
  /** 1-based place in the list; absent: anywhere. */
  readonly position?: number;
  readonly where: RuleScope;
}

/** A group that no instance may have. */
export interface ForbiddenRule {
  readonly sgId: SecurityGroupId;
  readonly where: RuleScope;
}

/** Traffic that no change may open. */
export interface ExposureRule {
  /** What messages call it. */
  readonly name: string;
  readonly direction: Direction;
  /** `tcp/22`, `udp/8000-8010`, `tcp`, `icmp`, `icmpv6`, `gre`, `other`; absent: every service. */
  readonly services?: readonly string[];
  /** Prefixes of both families: sources of ingress, targets of egress. */
  readonly addresses: readonly string[];
  /** Prefixes that may be opened to all the same. */
  readonly except: readonly string[];
  /** Whether what may open, by what nobody has read, passes. */
  readonly conditional: 'deny' | 'allow';
  /** Whether an approved plan passes. */
  readonly approval: 'deny' | 'allow';
  readonly where: RuleScope;
}

/** A time in which changes are allowed, or denied. */
export interface ChangeWindow {
  readonly name: string;
  readonly effect: 'allow' | 'deny';
  /** Cron expression of the moments at which it opens. */
  readonly schedule: string;
  readonly durationMs: number;
  /** IANA name, such as `Asia/Shanghai`. */
  readonly timeZone: string;
  readonly where: RuleScope;
}

/** A window at one moment. */
export interface WindowState extends ChangeWindow {
  readonly open: boolean;
  /** When it closes, if it is open, or else opens next; absent when it never does. */
  readonly untilMs?: number;
}

/** Who may name what. Where there is any tenant, what no tenant allows is refused. */
export type Tenant = PolicyTenant;

/** When rewriting an instance that somebody else keeps changing is a fight. */
export interface FightRules {
  /** Rewrites within {@link withinMs} that make a fight. */
  readonly rewrites: number;
  readonly withinMs: number;
  /** Time between two rewrites while the fight goes on, and how long it must be quiet for the fight to be over. */
  readonly paceMs: number;
}

/** Where approvals of plans count, and from when on. */
export interface ApprovalRules {
  /** Documents count below these paths of a directory. */
  readonly paths: readonly string[];
  /** Whether annotations count; absent: those of objects do, and those of documents do not. */
  readonly annotations?: boolean;
  /** Whether an approval has to come in a later revision than what it approves. */
  readonly laterRevision: boolean;
  /** Whether the API server admits annotations only under the name of whoever sets them. */
  readonly verified: boolean;
}

/** How far an emergency reaches. */
export interface EmergencyRules {
  /** Counted from when it was declared. */
  readonly longestMs: number;
  /** Names of the tenants that may declare one; absent: everybody. */
  readonly tenants?: readonly string[];
}

export interface Policy extends AllowedScopes {
  /** Absent: no limit. */
  readonly blastRadius?: BlastRadius;
  readonly mustKeep: readonly MustKeepRule[];
  readonly forbidden: readonly ForbiddenRule[];
  readonly exposure: readonly ExposureRule[];
  readonly windows: readonly ChangeWindow[];
  readonly tenants: readonly Tenant[];
  readonly fights: FightRules;
  readonly approvals: ApprovalRules;
  readonly emergencies: EmergencyRules;
  /** Whether every declared group has to exist in the cloud before it is written. */
  readonly verifyGroups: boolean;
}

/** Allows everything; what a fight is, is known all the same. */
export const OPEN_POLICY: Policy = {
  mustKeep: [],
  forbidden: [],
  exposure: [],
  windows: [],
  tenants: [],
  fights: { rewrites: 3, withinMs: 600_000, paceMs: 300_000 },
  approvals: { paths: ['approvals/'], laterRevision: true, verified: false },
  emergencies: { longestMs: 24 * 3_600_000 },
  verifyGroups: false,
};

/** Limits of the command line where no policy sets others: the larger of 50 instances and a fifth of a scope in ten minutes. */
export const DEFAULT_BLAST_RADIUS: BlastRadius = { share: 0.2, count: 50, periodMs: 600_000 };
