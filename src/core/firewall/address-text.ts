/** Addresses as people and the cloud write them: IPv4 and IPv6, single, with a prefix or as a range. */
import type { Family } from './rules.ts';

/** All addresses from `first` to `last`, both included. */
export interface AddressRange {
  readonly family: Family;
  readonly first: bigint;
  readonly last: bigint;
}

const BITS: Readonly<Record<Family, number>> = { ipv4: 32, ipv6: 128 };

/** One more than the last address of a family. */
export const FAMILY_END: Readonly<Record<Family, bigint>> = { ipv4: 1n << 32n, ipv6: 1n << 128n };

/**
 * `10.0.0.1`, `10.0.0.0/8`, `10.0.0.1-10.0.0.9`, `2001:DB8::/32`, `::ffff:10.0.0.1`. Bits behind the prefix do not count.
 * Undefined for anything else: zones (`fe80::1%eth0`), octets with leading zeros, ranges that run backwards.
 */
export function parseAddresses(text: string): AddressRange | undefined {
  const [first = '', last, ...more] = text.trim().split('-');
  if (last === undefined) return parsePrefix(first);
  const [from, to] = [parseAddress(first.trim()), parseAddress(last.trim())];
  if (more.length > 0 || from === undefined || to?.family !== from.family) return undefined;
  return from.first <= to.first ? { ...from, last: to.first } : undefined;
}

/** One address, as a range of one. */
export function parseAddress(text: string): AddressRange | undefined {
  const value = text.includes(':') ? parseIpv6(text) : parseIpv4(text);
  if (value === undefined) return undefined;
  return { family: text.includes(':') ? 'ipv6' : 'ipv4', first: value, last: value };
}

/** The same prefix without the bits behind it, when the text has some; undefined when not, and for what is no prefix. */
export function withoutHostBits(text: string): string | undefined {
  const [prefix] = [parseAddresses(text)].flatMap((range) => (range === undefined ? [] : prefixesOf(range)));
  const base = parseAddress(text.split('/')[0]?.trim() ?? '');
  const isPrefix = text.includes('/') && prefix !== undefined && base !== undefined;
  return isPrefix && parseAddresses(text)?.first !== base.first ? prefix : undefined;
}

function parsePrefix(text: string): AddressRange | undefined {
  const [base = '', prefix, ...more] = text.split('/');
  const address = parseAddress(base.trim());
  if (address === undefined || prefix === undefined) return address;
  const length = /^\d{1,3}$/.test(prefix.trim()) ? Number(prefix) : Number.NaN;
  const bits = BITS[address.family];
  if (more.length > 0 || !(length <= bits)) return undefined;
  const host = (1n << BigInt(bits - length)) - 1n;
  return { family: address.family, first: address.first & ~host, last: address.first | host };
}

const OCTET = /^(?:0|[1-9]\d{0,2})$/;

function parseIpv4(text: string): bigint | undefined {
  const octets = text.split('.');
  if (octets.length !== 4 || !octets.every((octet) => OCTET.test(octet) && Number(octet) < 256))
    return undefined;
  return BigInt(octets.reduce((value, octet) => value * 256 + Number(octet), 0));
}

function parseIpv6(text: string): bigint | undefined {
  const halves = withoutIpv4(text).split('::');
  const [head, tail] = halves.map((half) => (half === '' ? [] : groupsOf(half)));
  if (halves.length > 2 || head === undefined) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array<number>(missing).fill(0), ...(tail ?? [])];
  return groups.some(Number.isNaN)
    ? undefined
    : groups.reduce((value, group) => (value << 16n) | BigInt(group), 0n);
}

/** An IPv4 address at the end as two groups. */
function withoutIpv4(text: string): string {
  const start = text.lastIndexOf(':') + 1;
  const embedded = parseIpv4(text.slice(start));
  if (embedded === undefined) return text;
  return `${text.slice(0, start)}${(embedded >> 16n).toString(16)}:${(embedded & 0xffffn).toString(16)}`;
}

/** The 16-bit groups of a part; NaN for what is none. */
function groupsOf(part: string): number[] {
  return part
    .split(':')
    .map((word) => (/^[0-9a-f]{1,4}$/i.test(word) ? Number.parseInt(word, 16) : Number.NaN));
}

/** The fewest prefixes that hold these addresses and no other, in order. */
export function prefixesOf({ family, first, last }: AddressRange): string[] {
  const bits = BITS[family];
  const prefixes: string[] = [];
  for (let next = first; next <= last; ) {
    let length = bits;
    let size = 1n;
    while (length > 0 && (next & size) === 0n && next + 2n * size - 1n <= last) {
      size *= 2n;
      length--;
    }
    prefixes.push(`${addressText(family, next)}/${length}`);
    next += size;
  }
  return prefixes;
}

function addressText(family: Family, value: bigint): string {
  return family === 'ipv4' ? ipv4Text(Number(value)) : ipv6Text(value);
}

function ipv4Text(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
}

/** RFC 5952: lower case, and `::` for the first of the longest runs of at least two zero groups. */
function ipv6Text(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, index) =>
    Number((value >> BigInt(112 - 16 * index)) & 0xffffn),
  );
  const run = longestZeros(groups);
  const words = (from: number, to?: number) =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  return run.length < 2 ? words(0) : `${words(0, run.start)}::${words(run.start + run.length)}`;
}

function longestZeros(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (const [index, group] of groups.entries()) {
    if (group !== 0) start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  }
  return best;
}
