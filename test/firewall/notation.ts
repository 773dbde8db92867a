/** Rules in one line: `A tcp:22 10.0.0.0/8; D all any; A tcp:3306 @sg-app; A %ppm-1 @ipm-1`. */
import type { SecurityGroupId } from '../../src/api/ids.ts';
import type { GroupRules, Rule } from '../../src/core/firewall/rules.ts';
import type { FleetRule } from '../../src/simulator/fleet.ts';

/** `any` is every IPv4 address. */
export function rules(text: string): Rule[] {
  return text
    .split(';')
    .map((rule) => rule.trim())
    .filter((rule) => rule !== '')
    .map(rule);
}

function rule(text: string): Rule {
  const [action, service = '', address = ''] = text.split(' ');
  return { action: action === 'A' ? 'ACCEPT' : 'DROP', ...serviceFields(service), ...addressFields(address) };
}

function serviceFields(text: string): Partial<Rule> {
  if (text.startsWith('%')) return { serviceTemplate: text.slice(1) };
  const [protocol = '', port] = text.split(':');
  return port === undefined ? { protocol } : { protocol, port };
}

function addressFields(text: string): Partial<Rule> {
  if (text === 'any') return { cidrBlock: '0.0.0.0/0' };
  if (text.startsWith('@sg-')) return { securityGroupId: text.slice(1) };
  if (text.startsWith('@')) return { addressTemplate: text.slice(1) };
  return text.includes(':') ? { ipv6CidrBlock: text } : { cidrBlock: text };
}

/** The same for a simulated cloud. */
export function fleetRules(text: string): FleetRule[] {
  return rules(text).map(({ protocol = 'all', ...rest }) => ({ ...rest, protocol: protocol.toUpperCase() }));
}

export const sg = (name: string) => `sg-${name}` as SecurityGroupId;

/** A group with these rules for ingress. */
export const ingress = (text: string): GroupRules => ({ ingress: rules(text), egress: [] });

/** A book of groups with rules for ingress, by their names without `sg-`. */
export function groups(texts: Readonly<Record<string, string>>): Map<SecurityGroupId, GroupRules> {
  return new Map(Object.entries(texts).map(([name, text]) => [sg(name), ingress(text)]));
}
