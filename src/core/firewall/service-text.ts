/**
 * Services: protocol and port as one line of numbers. Per family:
 *
 *   0 … 65535 tcp ports | 65536 … 131071 udp ports | 131072 icmp (IPv6: icmpv6) | 131073 gre | 131074 every other protocol
 */
import type { Family } from './rules.ts';

/** Services from `first` to `last`, both included. */
export interface ServiceRange {
  readonly first: number;
  readonly last: number;
}

const PORTS = 65_536;
const [UDP, ICMP, GRE, OTHER] = [PORTS, 2 * PORTS, 2 * PORTS + 1, 2 * PORTS + 2];

/** One more than the last service. */
export const SERVICES_END = OTHER + 1;

const EVERYTHING: ServiceRange = { first: 0, last: OTHER };

/** What a service text means: services, or that nobody can read it and within which services its meaning lies. */
export type ServiceMeaning =
  | { readonly readable: true; readonly ranges: Readonly<Record<Family, readonly ServiceRange[]>> }
  | { readonly readable: false; readonly within: ServiceRange };

const inBoth = (ranges: readonly ServiceRange[]): ServiceMeaning => ({
  readable: true,
  ranges: { ipv4: ranges, ipv6: ranges },
});
const point = (service: number): ServiceRange => ({ first: service, last: service });

/** @param protocol and `port` as in a rule; empty: all. A port counts only for TCP and UDP. */
export function parseService(protocol: string, port: string): ServiceMeaning {
  switch (protocol.trim().toUpperCase()) {
    case '':
    case 'ALL':
      return inBoth([EVERYTHING]);
    case 'TCP':
      return parsePorts(port, 0);
    case 'UDP':
      return parsePorts(port, UDP);
    case 'ICMP':
      return { readable: true, ranges: { ipv4: [point(ICMP)], ipv6: [] } };
    case 'ICMPV6':
      return { readable: true, ranges: { ipv4: [], ipv6: [point(ICMP)] } };
    case 'GRE':
      return inBoth([point(GRE)]);
    default:
      return { readable: false, within: EVERYTHING };
  }
}

/** A member of a service template: `tcp:80,443`, `udp:all`, `icmp`, `icmp:-`. */
export function parseServiceMember(text: string): ServiceMeaning {
  const colon = text.indexOf(':');
  const protocol = (colon < 0 ? text : text.slice(0, colon)).trim();
  // Of a member that says nothing at all nobody knows what it would mean.
  if (protocol === '') return { readable: false, within: EVERYTHING };
  return parseService(protocol, colon < 0 ? '' : text.slice(colon + 1));
}

/**
 * Services as people write them: `tcp/22`, `udp/8000-8010`, `tcp`, `icmp`, `icmpv6`, `gre`, `all`, and `other` (`other protocols`)
 * for every protocol without a name of its own. Undefined for anything else.
 */
export function parseServiceWords(
  text: string,
): Readonly<Record<Family, readonly ServiceRange[]>> | undefined {
  const word = text.trim().toLowerCase();
  if (word === 'other' || word === 'other protocols') return { ipv4: [point(OTHER)], ipv6: [point(OTHER)] };
  const [protocol = '', port, ...more] = word.split('/');
  const hasPort = protocol === 'tcp' || protocol === 'udp';
  if (protocol === '' || more.length > 0 || (port !== undefined && (!hasPort || port === '')))
    return undefined;
  const meaning = parseService(protocol, port ?? '');
  return meaning.readable ? meaning.ranges : undefined;
}

function parsePorts(text: string, base: number): ServiceMeaning {
  const within = { first: base, last: base + PORTS - 1 };
  const words = text.trim();
  if (words === '' || words.toUpperCase() === 'ALL') return inBoth([within]);
  const ranges = words.split(',').map((word) => parsePortRange(word, base));
  return ranges.includes(undefined)
    ? { readable: false, within }
    : inBoth(ranges.filter((range) => range !== undefined));
}

function parsePortRange(word: string, base: number): ServiceRange | undefined {
  const match = /^\s*(\d{1,5})\s*(?:-\s*(\d{1,5})\s*)?$/.exec(word);
  if (match === null) return undefined;
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  return first <= last && last < PORTS ? { first: base + first, last: base + last } : undefined;
}

/** The place of a packet's service on the line; a protocol without a name of its own is one of the others. */
export function serviceOf(family: Family, protocol: string, port: number): number {
  const word = protocol.trim().toUpperCase();
  if (word === 'TCP') return port;
  if (word === 'UDP') return UDP + port;
  if (word === (family === 'ipv4' ? 'ICMP' : 'ICMPV6')) return ICMP;
  return word === 'GRE' ? GRE : OTHER;
}

/** `tcp/22`, `tcp/8000-8010`, `tcp`, `icmp`, `other protocols`: in the order of the line. */
export function serviceTexts(family: Family, ranges: readonly ServiceRange[]): string[] {
  const single: readonly (readonly [number, string])[] = [
    [ICMP, family === 'ipv4' ? 'icmp' : 'icmpv6'],
    [GRE, 'gre'],
    [OTHER, 'other protocols'],
  ];
  return [
    ...ranges.flatMap((range) => portText('tcp', 0, range)),
    ...ranges.flatMap((range) => portText('udp', UDP, range)),
    ...single.flatMap(([service, word]) =>
      ranges.some(({ first, last }) => first <= service && service <= last) ? word : [],
    ),
  ];
}

function portText(protocol: string, base: number, range: ServiceRange): string[] {
  const first = Math.max(range.first - base, 0);
  const last = Math.min(range.last - base, PORTS - 1);
  if (first > last) return [];
  if (last - first === PORTS - 1) return [protocol];
  return [`${protocol}/${first === last ? first : `${first}-${last}`}`];
}
