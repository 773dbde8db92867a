import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { metricFamilies } from '../../scripts/metrics-page.ts';

interface Policy {
  readonly statement: readonly {
    readonly effect: string;
    readonly action: readonly string[];
    readonly resource?: readonly string[];
  }[];
}

const policy = (file: string): Policy => JSON.parse(readFileSync(`manifests/cam/${file}`, 'utf8'));
const actions = ({ statement }: Policy) => statement.flatMap(({ action }) => action);

describe('the CAM policies', () => {
  it('allow the actions that the program calls, and no others', async () => {
    const calls = (await metricFamilies()).find(({ name }) => name === 'cvmsg_cloud_requests_total');
    const called = [...(calls?.labels.get('action') ?? [])].map(
      (action) => `${/SecurityGroup(?:s|Limits)$/.test(action) ? 'vpc' : 'cvm'}:${action}`,
    );
    expect([...actions(policy('policy.json'))].sort()).toEqual(called.sort());
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
    expect(names).toHaveLength(3);
  });

  it('stand in the documentation as they are', () => {
    const page = readFileSync('docs/operating.md', 'utf8');
    const [, json = ''] = /```json\n([\s\S]*?)```/.exec(page) ?? [];
    expect(JSON.parse(json)).toEqual(policy('policy.json'));
  });

  it('trust the ServiceAccount and the audience of the overlay', () => {
    const trust = readFileSync('manifests/cam/trust-policy.json', 'utf8');
    const overlay = readFileSync('manifests/overlays/tke-pod-identity/deployment.yaml', 'utf8');
    const [, audience = ''] = /audience: (\S+)/.exec(overlay) ?? [];
    expect(trust).toContain('"system:serviceaccount:cvmsg-system:cvmsg"');
    expect(trust).toContain(`"${audience}"`);
  });
});
