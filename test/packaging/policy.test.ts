import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadPolicy } from '../../src/cli/wiring/policy.ts';
import { readPolicyFile } from '../../src/cli/wiring/policy-file.ts';
import { MANIFESTS } from './rendered.ts';

describe('the policies that are shipped', () => {
  it.each(['samples/policy.yaml', 'components/policy/policy.yaml'])('%s is valid', (file) => {
    expect(readPolicyFile(join(MANIFESTS, file)).findings).toEqual([]);
  });

  it('show every kind of rule in the sample', () => {
    const { blastRadius, mustKeep, forbidden, windows, tenants } = loadPolicy(
      join(MANIFESTS, 'samples/policy.yaml'),
    );
    expect(blastRadius).toBeDefined();
    for (const rules of [mustKeep, forbidden, windows, tenants]) expect(rules.length).toBeGreaterThan(0);
  });

  it('have in the component what holds without a policy', () => {
    expect(loadPolicy(join(MANIFESTS, 'components/policy/policy.yaml'))).toEqual(loadPolicy(undefined));
  });
});
