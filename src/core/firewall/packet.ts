/** Whether a list allows one packet, and by which rule of which group. */
import type { SecurityGroupId } from '../../api/ids.ts';
import type { GroupList } from '../model.ts';
import { parseAddress } from './address-text.ts';
import { type CompiledRules, type Entry, placeOf } from './compiled-rules.ts';
import { ALWAYS } from './conditions.ts';
import { ACCEPT, type Choice, choiceOf, DROP } from './decisions.ts';
import { type Intervals, pairsOf } from './intervals.ts';
import type { Direction, RuleRef, Unknown } from './rules.ts';
import { serviceOf } from './service-text.ts';

export interface Packet {
  readonly direction: Direction;
  /** IPv4 or IPv6: the source of ingress, the target of egress. */
  readonly address: string;
  /** `tcp`, `udp`, `icmp`, `icmpv6`, `gre`, or another one, which only rules for all protocols hold. */
  readonly protocol: string;
  /** Of TCP and UDP: the instance's for ingress, the remote one for egress. */
  readonly port?: number;
}

export type PacketDecision = {
  /** `depends` when it is allowed or not by what nobody has read. */
  readonly outcome: 'allowed' | 'refused' | 'depends';
  /** The first rule that holds the packet whatever nobody has read; absent: none, which refuses. */
  readonly rule?: RuleRef;
  /** What may decide before that rule, in order. */
  readonly mayDecide: readonly (Partial<RuleRef> & {
    readonly sgId: SecurityGroupId;
    readonly accepts: boolean;
  })[];
  readonly dependsOn: readonly Unknown[];
};

/** @throws RangeError for an address that is none, or TCP and UDP without a port from 0 to 65535. */
export function decidePacket(rules: CompiledRules, list: GroupList, packet: Packet): PacketDecision {
  const entries = matching(rules, list, packet);
  const mayDecide: PacketDecision['mayDecide'][number][] = [];
  const uncertain: Choice[] = [];
  let rule: RuleRef | undefined;
  let accepts = false;
  for (const entry of entries) {
    if (entry.condition === ALWAYS) {
      ({ rule, accepts } = entry);
      break;
    }
    uncertain.push(choiceOf(entry.condition, entry.accepts));
    mayDecide.push({ sgId: entry.sgId, ...entry.rule, accepts: entry.accepts });
  }
  const decisions = rules.decisions();
  const decision = decisions.idOf(uncertain, accepts);
  return {
    outcome: decision === ACCEPT ? 'allowed' : decision === DROP ? 'refused' : 'depends',
    ...(rule === undefined ? {} : { rule }),
    mayDecide,
    dependsOn: decisions.change(DROP, decision)?.dependsOn ?? [],
  };
}

function matching(rules: CompiledRules, list: GroupList, packet: Packet): Entry[] {
  const { direction, protocol, port = Number.NaN } = packet;
  const address = parseAddress(packet.address.trim());
  if (address === undefined)
    throw new RangeError(`Expected an IPv4 or IPv6 address, got "${packet.address}".`);
  const hasPort = ['TCP', 'UDP'].includes(protocol.trim().toUpperCase());
  if (hasPort && !(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
    throw new RangeError(`Expected a port from 0 to 65535 for ${protocol}, got ${port}.`);
  }
  const place = placeOf(rules.addressCuts[address.family], address.first);
  const service = placeOf(rules.serviceCuts, serviceOf(address.family, protocol, port));
  return rules
    .entries(list, { direction, family: address.family })
    .filter((entry) => holds(entry.addresses, place) && holds(entry.services, service));
}

function holds(set: Intervals, place: number): boolean {
  for (const [from, to] of pairsOf(set)) if (from <= place && place < to) return true;
  return false;
}
