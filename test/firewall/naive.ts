/**
 * First match as the vendor describes it, rule by rule and packet by packet: slow, and written without the product's code.
 * Knows what the random lists of the tests hold and no more.
 */
import type { Direction, GroupRules, Rule } from '../../src/core/firewall/rules.ts';

export interface NaivePacket {
  readonly direction: Direction;
  readonly family: 'ipv4' | 'ipv6';
  readonly address: bigint;
  readonly protocol: string;
  readonly port: number;
}

/** Whether an unknown holds the packet that is asked about. */
export type World = (unknown: string) => boolean;

/** Whether the groups accept the packet. A group without rules to read asks the world for `accepts` and `drops`. */
export function naivelyAccepts(
  groups: readonly (GroupRules & { id: string })[],
  packet: NaivePacket,
  world: World,
): boolean {
  for (const group of groups) {
    if ('unreadable' in group) {
      if (world(`${group.id} accepts`)) return true;
      if (world(`${group.id} drops`)) return false;
      continue;
    }
    for (const rule of group[packet.direction]) {
      if (hasAddress(rule, packet, world) && hasService(rule, packet, world)) return rule.action === 'ACCEPT';
    }
  }
  return false;
}

function hasAddress(rule: Rule, packet: NaivePacket, world: World): boolean {
  if (rule.securityGroupId) return world(rule.securityGroupId);
  if (rule.addressTemplate) return world(rule.addressTemplate);
  if (rule.cidrBlock) return packet.family === 'ipv4' && inPrefix(rule.cidrBlock, packet.address);
  if (rule.ipv6CidrBlock) return packet.family === 'ipv6' && inPrefix(rule.ipv6CidrBlock, packet.address);
  return true;
}

const prefixes = new Map<string, readonly [bigint, bigint]>();

/** Of prefixes as the tests write them. */
export function inPrefix(text: string, address: bigint): boolean {
  let known = prefixes.get(text);
  if (known === undefined) {
    const [base = '', length = ''] = text.split('/');
    const shift = BigInt((base.includes(':') ? 128 : 32) - Number(length));
    known = [naiveAddress(base) >> shift, shift];
    prefixes.set(text, known);
  }
  return address >> known[1] === known[0];
}

export function naiveAddress(text: string): bigint {
  if (!text.includes(':')) return text.split('.').reduce((value, octet) => value * 256n + BigInt(octet), 0n);
  const [head = '', tail = ''] = text.split('::');
  const words = (part: string) => (part === '' ? [] : part.split(':'));
  const missing = 8 - words(head).length - words(tail).length;
  return [...words(head), ...Array<string>(missing).fill('0'), ...words(tail)].reduce(
    (value, word) => value * 65536n + BigInt(`0x${word}`),
    0n,
  );
}

function hasService(
  { protocol = '', port = '', serviceTemplate }: Rule,
  packet: NaivePacket,
  world: World,
): boolean {
  if (serviceTemplate) return world(serviceTemplate);
  if (protocol === '' || protocol === 'all') return true;
  if (protocol === 'icmp' && packet.family === 'ipv6') return false;
  if (protocol === 'icmpv6' && packet.family === 'ipv4') return false;
  if (protocol !== packet.protocol) return false;
  return !['tcp', 'udp'].includes(protocol) || port === '' || port === 'all' || inPorts(port, packet.port);
}

/** Of `80`, `80-90` and lists of these. */
export function inPorts(text: string, port: number): boolean {
  return text.split(',').some((part) => {
    const [first = '', last = first] = part.split('-');
    return Number(first) <= port && port <= Number(last);
  });
}
