/** Rules and templates as users give them, in a fleet file or by the control API: as strict as the cloud is when it takes them. */
import { isIPv4, isIPv6 } from 'node:net';
import { isSecurityGroupId } from '../api/ids.ts';
import { type FleetRule, type FleetTemplate, type FleetTemplates, MAX_NAME_LENGTHS } from './fleet.ts';
import { type FieldRule, groupTime, isMap, nameOf, oneOf, problemIn } from './instance-fields.ts';

/** Most rules of one group in one direction. */
const MAX_RULES = 100;

const PROTOCOLS: readonly string[] = ['TCP', 'UDP', 'ICMP', 'ICMPv6', 'GRE', 'ALL'];
const ADDRESS_FIELDS = ['cidrBlock', 'ipv6CidrBlock', 'securityGroupId', 'addressTemplate'] as const;

const form = (wanted: string, accepts: (text: string) => boolean): FieldRule => ({
  wanted,
  accepts: (value) => typeof value === 'string' && accepts(value),
});

const RULE_FIELDS: Readonly<Record<string, FieldRule>> = {
  action: oneOf(['ACCEPT', 'DROP']),
  protocol: oneOf(PROTOCOLS),
  port: form('`80`, `80,443`, `8000-8010` or `all`', isPorts),
  serviceTemplate: form('a template such as ppm-f5n1f8da or ppmg-2klmrefu', (id) =>
    isTemplateId(id, 'ppmg?'),
  ),
  cidrBlock: form('an IPv4 prefix such as 10.0.0.0/8', (text) => isPrefix(text, isIPv4, 32)),
  ipv6CidrBlock: form('an IPv6 prefix such as 2001:db8::/32', (text) => isPrefix(text, isIPv6, 128)),
  securityGroupId: form('a security group id such as sg-1sdj39df', isSecurityGroupId),
  addressTemplate: form('a template such as ipm-2uw6ujo6 or ipmg-ivrc58q8', (id) =>
    isTemplateId(id, 'ipmg?'),
  ),
  description: nameOf(MAX_NAME_LENGTHS.ruleDescription),
  modifyTime: groupTime,
};

function isPorts(text: string): boolean {
  return /^all$/i.test(text) || text.split(',').every(isPortRange);
}

function isPortRange(text: string): boolean {
  const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  return first !== undefined && Number(first) <= Number(last) && Number(last) <= 65_535;
}

function isPrefix(text: string, isAddress: (text: string) => boolean, bits: number): boolean {
  const [address = '', length = String(bits), ...more] = text.split('/');
  return more.length === 0 && isAddress(address) && /^\d{1,3}$/.test(length) && Number(length) <= bits;
}

function isTemplateId(id: string, prefix: string): boolean {
  return new RegExp(`^${prefix}-[0-9a-z]{6,16}$`).test(id);
}

/** Where something is wrong, below the list that was read. */
export interface InputProblem {
  readonly path: readonly (string | number)[];
  readonly problem: string;
}

export type Input<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly at: InputProblem };

/** What rules of a region can refer to. */
export interface Referable {
  readonly groupIds: readonly string[];
  readonly templates: FleetTemplates;
}

/** Judges a list of rules. A port that is a number counts as its text: YAML reads it so. */
export function readRules(value: readonly unknown[], region: Referable): Input<readonly FleetRule[]> {
  const wrong = (path: InputProblem['path'], problem: string) =>
    ({ ok: false, at: { path, problem } }) as const;
  if (value.length > MAX_RULES) {
    return wrong([MAX_RULES], `Expected at most ${MAX_RULES} rules of one direction, got ${value.length}.`);
  }
  const rules: FleetRule[] = [];
  for (const [index, item] of value.entries()) {
    if (!isMap(item)) return wrong([index], 'Expected a rule to be a map with `action`.');
    const rule = typeof item.port === 'number' ? { ...item, port: String(item.port) } : item;
    for (const [name, field] of Object.entries(rule)) {
      const problem = problemIn(RULE_FIELDS, name, field);
      if (problem !== null) return wrong([index, name], problem);
    }
    const problem = ruleProblem(rule as unknown as FleetRule, region);
    if (problem !== null) return wrong([index], problem);
    rules.push(rule as unknown as FleetRule);
  }
  return { ok: true, value: rules };
}

/** What is wrong with the fields together, null when nothing is. */
function ruleProblem(rule: FleetRule, region: Referable): string | null {
  const addresses = ADDRESS_FIELDS.filter((name) => rule[name] !== undefined);
  const { protocol, port, serviceTemplate } = rule;
  if (rule.action === undefined) return 'A rule needs `action`.';
  if (addresses.length !== 1) return `A rule needs exactly one of ${ADDRESS_FIELDS.join(', ')}.`;
  if ((protocol === undefined) === (serviceTemplate === undefined)) {
    return 'A rule needs exactly one of protocol, serviceTemplate.';
  }
  if (port !== undefined && !/^all$/i.test(port) && !['TCP', 'UDP'].includes(protocol ?? '')) {
    return 'A rule with `port` needs the protocol TCP or UDP.';
  }
  if (protocol === 'ICMP' && rule.ipv6CidrBlock !== undefined)
    return 'With `ipv6CidrBlock` the protocol is ICMPv6.';
  if (protocol === 'ICMPv6' && rule.cidrBlock !== undefined) return 'With `cidrBlock` the protocol is ICMP.';
  return referenceProblem(rule, region);
}

function referenceProblem(rule: FleetRule, { groupIds, templates }: Referable): string | null {
  const { securityGroupId, addressTemplate, serviceTemplate } = rule;
  if (securityGroupId !== undefined && !groupIds.includes(securityGroupId)) {
    return `The region has no group '${securityGroupId}'.`;
  }
  const known = [
    ...idsOf(templates.addressTemplates),
    ...idsOf(templates.addressTemplateGroups),
    ...idsOf(templates.serviceTemplates),
    ...idsOf(templates.serviceTemplateGroups),
  ];
  const missing = [addressTemplate, serviceTemplate].find((id) => id !== undefined && !known.includes(id));
  return missing === undefined ? null : `The region has no template '${missing}'.`;
}

const idsOf = (templates: readonly FleetTemplate[] = []): string[] =>
  templates.map(({ templateId }) => templateId);

interface TemplateKind {
  readonly kind: keyof FleetTemplates;
  readonly prefix: string;
  readonly example: string;
  readonly member: FieldRule;
  /** Its members are templates of this kind. */
  readonly of?: keyof FleetTemplates;
}

const KINDS: readonly TemplateKind[] = [
  {
    kind: 'addressTemplates',
    prefix: 'ipm',
    example: 'ipm-2uw6ujo6',
    member: form('an address, a prefix or a range such as 10.0.0.1-10.0.0.9', isAddresses),
  },
  {
    kind: 'serviceTemplates',
    prefix: 'ppm',
    example: 'ppm-f5n1f8da',
    member: form('services such as tcp:80,443 or udp:all', isServices),
  },
  {
    kind: 'addressTemplateGroups',
    prefix: 'ipmg',
    example: 'ipmg-ivrc58q8',
    member: form('an address template such as ipm-2uw6ujo6', (id) => isTemplateId(id, 'ipm')),
    of: 'addressTemplates',
  },
  {
    kind: 'serviceTemplateGroups',
    prefix: 'ppmg',
    example: 'ppmg-2klmrefu',
    member: form('a service template such as ppm-f5n1f8da', (id) => isTemplateId(id, 'ppm')),
    of: 'serviceTemplates',
  },
];

/** The names of the lists that {@link readTemplates} reads. */
export const TEMPLATE_LISTS: readonly (keyof FleetTemplates)[] = KINDS.map(({ kind }) => kind);

function isAddresses(text: string): boolean {
  const [first = '', last, ...more] = text.split('-');
  if (last === undefined) return isPrefix(first, isIPv4, 32) || isPrefix(first, isIPv6, 128);
  return more.length === 0 && ((isIPv4(first) && isIPv4(last)) || (isIPv6(first) && isIPv6(last)));
}

function isServices(text: string): boolean {
  const [protocol = '', ports, ...more] = text.split(':');
  if (more.length > 0) return false;
  if (['tcp', 'udp'].includes(protocol)) return ports !== undefined && isPorts(ports);
  return ['icmp', 'icmpv6', 'gre'].includes(protocol) && (ports === undefined || ports === '-');
}

/** Judges the templates of a region; of each list, what is missing is left out. */
export function readTemplates(region: Readonly<Record<string, unknown>>): Input<FleetTemplates> {
  const found: Record<string, readonly FleetTemplate[]> = {};
  for (const kind of KINDS) {
    const list = region[kind.kind];
    if (list === undefined) continue;
    const read = readTemplateList(list, kind, found[kind.of ?? '']);
    if (!read.ok) return { ok: false, at: { ...read.at, path: [kind.kind, ...read.at.path] } };
    found[kind.kind] = read.value;
  }
  return { ok: true, value: found };
}

function readTemplateList(
  list: unknown,
  kind: TemplateKind,
  templates: readonly FleetTemplate[] = [],
): Input<readonly FleetTemplate[]> {
  if (!Array.isArray(list)) return { ok: false, at: { path: [], problem: 'Expected a list of templates.' } };
  const read: FleetTemplate[] = [];
  for (const [index, item] of (list as readonly unknown[]).entries()) {
    const problem = templateProblem(item, kind);
    if (problem !== null) return { ok: false, at: { ...problem, path: [index, ...problem.path] } };
    const template = item as FleetTemplate;
    const missing = kind.of && template.members.find((id) => !idsOf(templates).includes(id));
    if (missing !== undefined) {
      return {
        ok: false,
        at: { path: [index, 'members'], problem: `The region has no template '${missing}'.` },
      };
    }
    if (idsOf(read).includes(template.templateId)) {
      return {
        ok: false,
        at: { path: [index], problem: `The template '${template.templateId}' is listed twice.` },
      };
    }
    read.push(template);
  }
  return { ok: true, value: read };
}

function templateProblem(item: unknown, { prefix, example, member }: TemplateKind): InputProblem | null {
  if (!isMap(item))
    return { path: [], problem: 'Expected a template to be a map with `templateId` and `members`.' };
  const fields: Readonly<Record<string, FieldRule>> = {
    templateId: form(`an id such as ${example}`, (id) => isTemplateId(id, prefix)),
    members: { wanted: 'a list of texts', accepts: Array.isArray },
    name: nameOf(MAX_NAME_LENGTHS.template),
    createdTime: groupTime,
  };
  for (const [name, field] of Object.entries(item)) {
    const problem = problemIn(fields, name, field);
    if (problem !== null) return { path: [name], problem };
  }
  if (item.templateId === undefined || item.members === undefined) {
    return { path: [], problem: 'A template needs `templateId` and `members`.' };
  }
  const members = item.members as readonly unknown[];
  const wrong = members.findIndex((one) => !member.accepts(one));
  if (wrong < 0) return null;
  return {
    path: ['members', wrong],
    problem: `Expected a member to be ${member.wanted}, got ${JSON.stringify(members[wrong])}.`,
  };
}
