/** What one rule holds: addresses and services that are known, and those of what nobody has read. */
import { type AddressRange, FAMILY_END, parseAddresses } from './address-text.ts';
import type { Holding } from './conditions.ts';
import {
  DIRECTIONS,
  type Direction,
  FAMILIES,
  type Family,
  type Rule,
  type RuleBook,
  type RuleRef,
  type Unknown,
} from './rules.ts';
import {
  parseService,
  parseServiceMember,
  SERVICES_END,
  type ServiceMeaning,
  type ServiceRange,
} from './service-text.ts';

/** Addresses of a rule; an unknown part may hold any address of its families. */
export interface AddressMeaning {
  readonly ranges: readonly AddressRange[];
  readonly unknown: readonly (Holding & { readonly families: readonly Family[] })[];
}

/** Services of a rule; an unknown part lies within a range. */
export interface ServiceParts {
  readonly ranges: Readonly<Record<Family, readonly ServiceRange[]>>;
  readonly unknown: readonly (Holding & { readonly within: ServiceRange })[];
}

const ALL_SERVICES: ServiceRange = { first: 0, last: SERVICES_END - 1 };
const wholeFamily = (family: Family): AddressRange => ({ family, first: 0n, last: FAMILY_END[family] - 1n });
/** The same text in another place may mean something else, so the place is a part of the question. */
const unknownAddresses = (unknown: Unknown, place = '', families = FAMILIES): AddressMeaning => ({
  ranges: [],
  unknown: [{ unknown, variable: `address ${place} ${unknown.kind} ${unknown.name}`, families }],
});

/** The cloud maps any `0.0.0.0/n` of a rule to `0.0.0.0/0`; of a template's member nothing of the kind is known. */
const ZERO_NETWORK = /^0\.0\.0\.0\/\d+$/;

export class Meanings {
  readonly #book: RuleBook;
  readonly #addresses = new Map<string, AddressMeaning>();
  readonly #services = new Map<string, ServiceParts>();

  constructor(book: RuleBook) {
    this.#book = book;
  }

  addresses(rule: Rule): AddressMeaning {
    const { cidrBlock = '', ipv6CidrBlock = '', securityGroupId = '', addressTemplate = '' } = rule;
    return memoised(
      this.#addresses,
      [cidrBlock, ipv6CidrBlock, securityGroupId, addressTemplate].join('\n'),
      () => {
        const parts: AddressMeaning[] = [];
        if (cidrBlock !== '') parts.push(cidrMeaning(cidrBlock, 'ipv4'));
        if (ipv6CidrBlock !== '') parts.push(cidrMeaning(ipv6CidrBlock, 'ipv6'));
        if (securityGroupId !== '') parts.push(this.#members(securityGroupId));
        if (addressTemplate !== '') parts.push(this.#addressTemplate(addressTemplate));
        return parts.length === 0 ? { ranges: FAMILIES.map(wholeFamily), unknown: [] } : joined(parts);
      },
    );
  }

  services(rule: Rule): ServiceParts {
    const { protocol = '', port = '', serviceTemplate = '' } = rule;
    return memoised(this.#services, [protocol, port, serviceTemplate].join('\n'), () =>
      serviceTemplate === ''
        ? servicePart(parseService(protocol, port), { kind: 'text', name: portText(protocol, port) }, 'rule')
        : this.#serviceTemplate(serviceTemplate),
    );
  }

  #members(sgId: string): AddressMeaning {
    const addresses = this.#book.members?.get(sgId);
    if (addresses === undefined) return unknownAddresses({ kind: 'members', name: sgId });
    return joined(addresses.map(memberMeaning));
  }

  #addressTemplate(id: string): AddressMeaning {
    const group = this.#book.addressTemplateGroups?.get(id);
    if (group !== undefined) return joined(group.map((member) => this.#addressList(member)));
    return this.#addressList(id);
  }

  #addressList(id: string): AddressMeaning {
    const addresses = this.#book.addressTemplates?.get(id);
    if (addresses === undefined) return unknownAddresses({ kind: 'addresses', name: id });
    return joined(addresses.map(memberMeaning));
  }

  #serviceTemplate(id: string): ServiceParts {
    const group = this.#book.serviceTemplateGroups?.get(id);
    if (group !== undefined) return joinedServices(group.map((member) => this.#serviceList(member)));
    return this.#serviceList(id);
  }

  #serviceList(id: string): ServiceParts {
    const members = this.#book.serviceTemplates?.get(id);
    if (members !== undefined) {
      return joinedServices(
        members.map((text) => servicePart(parseServiceMember(text), { kind: 'text', name: text })),
      );
    }
    return servicePart({ readable: false, within: ALL_SERVICES }, { kind: 'services', name: id });
  }
}

/** A text for IPv6 in the field for IPv4 counts as what it is: API 2.0 has one field. */
function cidrMeaning(text: string, family: Family): AddressMeaning {
  if (ZERO_NETWORK.test(text.trim())) return { ranges: [wholeFamily('ipv4')], unknown: [] };
  const range = parseAddresses(text);
  if (range !== undefined) return { ranges: [range], unknown: [] };
  return unknownAddresses({ kind: 'text', name: text }, family, [family]);
}

function memberMeaning(text: string): AddressMeaning {
  const range = parseAddresses(text);
  return range === undefined
    ? unknownAddresses({ kind: 'text', name: text })
    : { ranges: [range], unknown: [] };
}

function joined(parts: readonly AddressMeaning[]): AddressMeaning {
  return { ranges: parts.flatMap(({ ranges }) => ranges), unknown: parts.flatMap(({ unknown }) => unknown) };
}

function servicePart(meaning: ServiceMeaning, unknown: Unknown, place = ''): ServiceParts {
  if (meaning.readable) return { ranges: meaning.ranges, unknown: [] };
  const variable = `service ${place} ${unknown.kind} ${unknown.name}`;
  return { ranges: { ipv4: [], ipv6: [] }, unknown: [{ unknown, variable, within: meaning.within }] };
}

function joinedServices(parts: readonly ServiceParts[]): ServiceParts {
  return {
    ranges: {
      ipv4: parts.flatMap(({ ranges }) => ranges.ipv4),
      ipv6: parts.flatMap(({ ranges }) => ranges.ipv6),
    },
    unknown: parts.flatMap(({ unknown }) => unknown),
  };
}

function portText(protocol: string, port: string): string {
  return port === '' ? protocol : `${protocol}:${port}`;
}

function memoised<Value>(memo: Map<string, Value>, key: string, make: () => Value): Value {
  const known = memo.get(key);
  if (known !== undefined) return known;
  const made = make();
  memo.set(key, made);
  return made;
}

/** A rule whose text means something else than one would read, or something that nobody can know. */
export interface RuleRemark extends RuleRef {
  readonly direction: Direction;
  /**
   * - `zero-network`  `0.0.0.0/n` of a rule is every IPv4 address, whatever `n` is
   * - `literal-zero-network`  a template holds `0.0.0.0/n`, which is taken as it is written
   * - `no-address`, `no-service`  nothing is said, so it is for all
   * - `unreadable`  a text has no documented meaning
   */
  readonly remark: 'zero-network' | 'literal-zero-network' | 'no-address' | 'no-service' | 'unreadable';
}

/** Remarks on all rules of the book that were read, group by group. */
export function ruleRemarks(book: RuleBook): RuleRemark[] {
  const meanings = new Meanings(book);
  return [...book.groups].flatMap(([sgId, rules]) =>
    'unreadable' in rules
      ? []
      : DIRECTIONS.flatMap((direction) =>
          rules[direction].flatMap((rule, index) =>
            remarksOf(rule, { meanings, book }).map((remark) => ({ sgId, direction, index, remark })),
          ),
        ),
  );
}

function remarksOf(
  rule: Rule,
  { meanings, book }: { readonly meanings: Meanings; readonly book: RuleBook },
): RuleRemark['remark'][] {
  const { cidrBlock = '', ipv6CidrBlock = '', securityGroupId = '', addressTemplate = '' } = rule;
  const remarks: RuleRemark['remark'][] = [];
  const narrow = (text: string) => ZERO_NETWORK.test(text.trim()) && !text.trim().endsWith('/0');
  const template = book.addressTemplateGroups?.get(addressTemplate) ?? [addressTemplate];
  if (narrow(cidrBlock)) remarks.push('zero-network');
  if (template.some((id) => book.addressTemplates?.get(id)?.some(narrow)))
    remarks.push('literal-zero-network');
  if (cidrBlock + ipv6CidrBlock + securityGroupId + addressTemplate === '') remarks.push('no-address');
  if ((rule.protocol ?? '') + (rule.serviceTemplate ?? '') === '') remarks.push('no-service');
  const unknown = [...meanings.addresses(rule).unknown, ...meanings.services(rule).unknown];
  if (unknown.some((part) => part.unknown.kind === 'text')) remarks.push('unreadable');
  return remarks;
}
