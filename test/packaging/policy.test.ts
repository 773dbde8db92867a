import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadPolicy } from '../../src/cli/wiring/policy.ts';
import { readPolicyFile } from '../../src/cli/wiring/policy-file.ts';
import { MANIFESTS } from './rendered.ts';

const SAMPLE = join(MANIFESTS, 'samples/policy/policy.yaml');

it('the sample of admission holds what the component ships', () => {
  const sample = readFileSync(join(MANIFESTS, 'samples/admission-policy.yaml'), 'utf8');
  const component = readFileSync(join(MANIFESTS, 'components/admission/admission.yaml'), 'utf8');
  expect(sample.endsWith(`---\n${component}`)).toBe(true);
});

describe('the sample of a policy', () => {
  it('is valid', () => {
    expect(readPolicyFile(SAMPLE).diagnostics).toEqual([]);
  });

  it('shows every kind of rule', () => {
    const { mustKeep, forbidden, windows, tenants } = loadPolicy(SAMPLE);
    for (const rules of [mustKeep, forbidden, windows, tenants]) expect(rules.length).toBeGreaterThan(0);
  });

  it('shows the numbers that hold without a policy', () => {
    const { blastRadius, fights, verifyGroups } = loadPolicy(SAMPLE);
    expect(loadPolicy(undefined)).toMatchObject({ blastRadius, fights, verifyGroups });
  });
});
