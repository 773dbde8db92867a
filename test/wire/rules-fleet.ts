/** A small fleet of which groups have rules of every kind. */
import type { Fleet } from '../../src/simulator/fleet.ts';
import { G1, G2, G3 } from './simulated.ts';

export const RULES_FLEET: Fleet = {
  accounts: ['default', 'other'],
  regions: {
    'ap-guangzhou': {
      securityGroups: [
        {
          securityGroupId: G1,
          ingress: [
            { action: 'ACCEPT', protocol: 'TCP', port: '80,443', cidrBlock: '0.0.0.0/0', description: 'web' },
            { action: 'ACCEPT', protocol: 'ALL', ipv6CidrBlock: '2001:db8::/32' },
            { action: 'DROP', protocol: 'TCP', port: '22', securityGroupId: G2 },
            { action: 'ACCEPT', serviceTemplate: 'ppmg-00000001', addressTemplate: 'ipm-00000001' },
            { action: 'ACCEPT', serviceTemplate: 'ppm-00000001', addressTemplate: 'ipmg-00000001' },
          ],
          egress: [{ action: 'ACCEPT', protocol: 'ALL', cidrBlock: '0.0.0.0/0' }],
          rulesVersion: 7,
        },
        { securityGroupId: G2 },
        {
          securityGroupId: G3,
          account: 'other',
          ingress: [{ action: 'ACCEPT', protocol: 'ALL', securityGroupId: G1 }],
        },
      ],
      instances: [{ instanceId: 'ins-aaaaaaaa', securityGroupIds: [G1] }],
      addressTemplates: [
        { templateId: 'ipm-00000001', name: 'office', members: ['192.128.8.8/17', '10.0.0.1-10.0.0.9'] },
        { templateId: 'ipm-00000002', members: [], createdTime: '2023-01-01 00:00:00' },
      ],
      addressTemplateGroups: [
        { templateId: 'ipmg-00000001', name: 'all', members: ['ipm-00000001', 'ipm-00000002'] },
      ],
      serviceTemplates: [{ templateId: 'ppm-00000001', name: 'web', members: ['tcp:80,443', 'udp:all'] }],
      serviceTemplateGroups: [{ templateId: 'ppmg-00000001', members: ['ppm-00000001'] }],
    },
  },
};
