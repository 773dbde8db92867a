/** Rules as people write them, for the groups of a generated fleet: the same for the same place of a group. */
import type { FleetRule, FleetTemplates } from './fleet.ts';

/** What the rules refer to, in each region. */
export const OFFICE_TEMPLATES: FleetTemplates = {
  addressTemplates: [
    { templateId: 'ipm-office01', name: 'office', members: ['203.0.113.0/24', '198.51.100.7'] },
    { templateId: 'ipm-vpnusers', name: 'vpn', members: ['10.250.0.1-10.250.3.254'] },
  ],
  addressTemplateGroups: [
    { templateId: 'ipmg-people01', name: 'people', members: ['ipm-office01', 'ipm-vpnusers'] },
  ],
  serviceTemplates: [
    { templateId: 'ppm-metrics1', name: 'metrics', members: ['tcp:9090,9100', 'icmp'] },
    { templateId: 'ppm-logs0001', name: 'logs', members: ['udp:514', 'tcp:6514'] },
  ],
  serviceTemplateGroups: [
    { templateId: 'ppmg-monitor1', name: 'monitoring', members: ['ppm-metrics1', 'ppm-logs0001'] },
  ],
};

const accept = (rule: Omit<FleetRule, 'action'>): FleetRule => ({ action: 'ACCEPT', ...rule });
const drop = (rule: Omit<FleetRule, 'action'>): FleetRule => ({ action: 'DROP', ...rule });
const tcp = (port: string, cidrBlock: string) => ({ protocol: 'TCP', port, cidrBlock });

const ANYWHERE = '0.0.0.0/0';
const PRIVATE = '10.0.0.0/8';
const OPEN_EGRESS: readonly FleetRule[] = [
  accept({ protocol: 'ALL', cidrBlock: ANYWHERE }),
  accept({ protocol: 'ALL', ipv6CidrBlock: '::/0' }),
];

/** Kinds of groups, in turn. @param network a part of the private network; @param neighbour another group of the region. */
const KINDS: readonly ((network: string, neighbour: string) => readonly FleetRule[])[] = [
  () => [
    accept({ ...tcp('80,443', ANYWHERE), description: 'web' }),
    accept({ protocol: 'TCP', port: '80,443', ipv6CidrBlock: '::/0' }),
  ],
  () => [
    accept({ protocol: 'TCP', port: '22', addressTemplate: 'ipmg-people01', description: 'people' }),
    accept({ protocol: 'ICMP', cidrBlock: PRIVATE }),
    drop(tcp('22,3389', ANYWHERE)),
  ],
  (network, neighbour) => [
    accept({ protocol: 'TCP', port: '3306', securityGroupId: neighbour, description: 'database' }),
    accept(tcp('3306', network)),
    drop(tcp('3306,6379', ANYWHERE)),
  ],
  (network) => [
    accept(tcp('8000-8010', network)),
    accept({ protocol: 'UDP', port: '53', cidrBlock: PRIVATE }),
  ],
  () => [accept({ serviceTemplate: 'ppmg-monitor1', cidrBlock: PRIVATE, description: 'monitoring' })],
  (network) => [accept(tcp('6379', network)), drop({ protocol: 'ALL', cidrBlock: '10.99.0.0/16' })],
  () => [accept({ protocol: 'ALL', cidrBlock: PRIVATE, description: 'internal' })],
  (network) => [
    accept({ serviceTemplate: 'ppm-metrics1', addressTemplate: 'ipm-office01' }),
    accept(tcp('9200-9300', network)),
  ],
];

/** @param groupIds of the region; the group itself stands at `index`. */
export function generateRules(
  index: number,
  groupIds: readonly string[],
): { readonly ingress: readonly FleetRule[]; readonly egress: readonly FleetRule[] } {
  const neighbour = groupIds[(index + 1) % groupIds.length] ?? '';
  const ingress = KINDS[index % KINDS.length]?.(`10.${(index * 7) % 256}.0.0/16`, neighbour) ?? [];
  return { ingress, egress: OPEN_EGRESS };
}
