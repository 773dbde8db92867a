import { expect, it } from 'vitest';
import type { SecurityGroupId } from '../api/ids.ts';
import { CompiledRules } from '../core/firewall/compiled-rules.ts';
import type { RuleBook } from '../core/firewall/rules.ts';
import { trafficChanges } from '../core/firewall/traffic-changes.ts';
import type { FleetRegion, FleetTemplate } from './fleet.ts';
import { generateFleet } from './generate-fleet.ts';

const members = (templates: readonly FleetTemplate[] = []) =>
  new Map(templates.map(({ templateId, members: all }) => [templateId, all]));

function bookOf({ securityGroups, ...templates }: FleetRegion): RuleBook {
  return {
    groups: new Map(
      securityGroups.map(({ securityGroupId, ingress = [], egress = [] }) => [
        securityGroupId as SecurityGroupId,
        { ingress, egress },
      ]),
    ),
    addressTemplates: members(templates.addressTemplates),
    addressTemplateGroups: members(templates.addressTemplateGroups),
    serviceTemplates: members(templates.serviceTemplates),
    serviceTemplateGroups: members(templates.serviceTemplateGroups),
  };
}

it.each([1, 2, 3])(
  'lets a swap of two groups open or close something for some instances and change nothing for others: seed %i',
  (seed) => {
    const fleet = generateFleet({ instances: 600, regions: ['ap-guangzhou'], seed });
    const region = fleet.regions['ap-guangzhou'] as FleetRegion;
    const rules = new CompiledRules(bookOf(region));
    const lists = region.instances
      .map(({ securityGroupIds }) => securityGroupIds as readonly SecurityGroupId[])
      .filter((list) => list.length > 1);
    const effects = lists.map((list) => {
      const [first, second, ...rest] = list as [SecurityGroupId, SecurityGroupId, ...SecurityGroupId[]];
      const { changes } = trafficChanges(rules, [{ before: list, after: [second, first, ...rest] }]);
      return new Set(changes.map(({ effect }) => effect));
    });
    const share = (effect: 'opens' | 'closes' | 'conditional') =>
      effects.filter((one) => one.has(effect)).length / lists.length;
    expect(share('opens')).toBeGreaterThan(0.1);
    expect(share('closes')).toBeGreaterThan(0.1);
    const unchanged = effects.filter(({ size }) => size === 0).length / lists.length;
    expect(unchanged).toBeGreaterThan(0.3);
    expect(unchanged).toBeLessThan(0.8);
  },
);
