import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { metricFamilies } from '../../scripts/metrics-page.ts';
import { resolveEndpoints } from '../../src/cloud/endpoint.ts';
import type { CallContext } from '../../src/cloud/signed-call.ts';
import { RulesClient } from '../../src/cloud/v3/rules-client.ts';

interface Policy {
  readonly statement: readonly {
    readonly effect: string;
    readonly action: readonly string[];
    readonly resource?: readonly string[];
  }[];
}

const policy = (file: string): Policy => JSON.parse(readFileSync(`manifests/cam/${file}`, 'utf8'));
const actions = ({ statement }: Policy) => statement.flatMap(({ action }) => action);

const calls = new RulesClient({} as CallContext, resolveEndpoints('gz'));
/** The reads that tell what changes open and close. */
const trafficActions = [
  `vpc:${calls.groupRules.action}`,
  'cvm:DescribeSecurityGroupPolicys',
  `vpc:${calls.referrers.action}`,
  ...Object.values(calls.templates).map(({ action }) => `vpc:${action}`),
];

describe('the CAM policies', () => {
  it('allow the actions that the program calls, and no others', async () => {
    const requests = (await metricFamilies()).find(({ name }) => name === 'cvmsg_cloud_requests_total');
    const called = [...(requests?.labels.get('action') ?? [])].map(
      (action) =>
        trafficActions.find((one) => one.endsWith(`:${action}`)) ??
        `${/SecurityGroup(?:s|Limits)$/.test(action) ? 'vpc' : 'cvm'}:${action}`,
    );
    expect([...actions(policy('policy.json'))].sort()).toEqual(
      [...new Set([...called, ...trafficActions])].sort(),
    );
  });

  it('have the reads of rules as a statement of their own, which may be left out', () => {
    for (const file of ['policy.json', 'observe-policy.json']) {
      const { statement } = policy(file);
      expect(statement.map(({ action }) => action)).toContainEqual(trafficActions);
    }
  });

  it('allow writes on instances and groups of one account only', () => {
    for (const { action, resource } of policy('policy.json').statement) {
      if (action.every((one) => /^\w+:Describe/.test(one))) continue;
      expect(resource).toEqual(['qcs::cvm::uin/<OWNER_UIN>:instance/*', 'qcs::cvm::uin/<OWNER_UIN>:sg/*']);
    }
  });

  it('allow nothing but reading to those who only observe', () => {
    const names = actions(policy('observe-policy.json'));
    expect(names).toEqual(actions(policy('policy.json')).filter((name) => /^\w+:Describe/.test(name)));
    expect(names).toHaveLength(3 + trafficActions.length);
  });

  it('stand in the documentation as they are', () => {
    const page = readFileSync('docs/operating.md', 'utf8');
    const [, json = ''] = /```json\n([\s\S]*?)```/.exec(page) ?? [];
    expect(JSON.parse(json)).toEqual(policy('policy.json'));
  });

  it('allow whoever asks what a list allows the reads of rules, by both names of that action, and no others', () => {
    expect(actions(policy('traffic-policy.json'))).toEqual(['cvm:DescribeInstances', ...trafficActions]);
    const [, json = ''] =
      /## Permissions[\s\S]*?```json\n([\s\S]*?)```/.exec(readFileSync('docs/traffic.md', 'utf8')) ?? [];
    expect(JSON.parse(json)).toEqual(policy('traffic-policy.json'));
  });

  it('trust the ServiceAccount and the audience of the overlay', () => {
    const trust = readFileSync('manifests/cam/trust-policy.json', 'utf8');
    const overlay = readFileSync('manifests/overlays/tke-pod-identity/deployment.yaml', 'utf8');
    const [, audience = ''] = /audience: (\S+)/.exec(overlay) ?? [];
    expect(trust).toContain('"system:serviceaccount:cvmsg-system:cvmsg"');
    expect(trust).toContain(`"${audience}"`);
  });
});
