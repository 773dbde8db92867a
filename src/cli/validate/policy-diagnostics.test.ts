import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { SecurityGroupId } from '../../api/ids.ts';
import { OPEN_POLICY } from '../../core/policy.ts';
import { policyDiagnostics } from './policy-diagnostics.ts';
import { readPaths } from './read-paths.ts';

const folder = mkdtempSync(join(tmpdir(), 'cvmsg-validate-'));
afterAll(() => rmSync(folder, { recursive: true }));

const object = (name: string) => `apiVersion: cvmsg.dev/v1alpha1
kind: CvmSecurityGroupBinding
metadata: { name: ${name}, namespace: shop }
spec:
  region: ap-guangzhou
  instanceIds: [ins-${name.padEnd(8, '0')}]
  sgIds:
    - sg-0a1b2c3d
    - sg-0a1b2c3e
`;

const policy = { ...OPEN_POLICY, forbidden: [{ sgId: 'sg-0a1b2c3e' as SecurityGroupId, where: {} }] };

function diagnosticsOf(file: string, text: string) {
  mkdirSync(join(folder, file, '..'), { recursive: true });
  writeFileSync(join(folder, file), text);
  const diagnostics = policyDiagnostics(readPaths([join(folder, file)]), policy);
  return diagnostics.map(({ line, column, rule, path }) => `${line}:${column} ${rule} ${path}`);
}

describe('policyFindings', () => {
  it('points at the group in each document of a file', () => {
    expect(diagnosticsOf('two.yaml', `# first\n${object('a')}---\n${object('b')}`)).toEqual([
      '10:7 policy/forbidden spec.sgIds[1]',
      '20:7 policy/forbidden spec.sgIds[1]',
    ]);
  });

  it('points into a list of objects', () => {
    const item = object('a').trimEnd().replaceAll('\n', '\n    ');
    expect(diagnosticsOf('list.yaml', `apiVersion: v1\nkind: List\nitems:\n  - ${item}\n`)).toEqual([
      '12:11 policy/forbidden spec.sgIds[1]',
    ]);
  });

  it('judges paths from the directory that was named', () => {
    mkdirSync(join(folder, 'root/teams/shop'), { recursive: true });
    writeFileSync(join(folder, 'root/teams/shop/web.yaml'), object('c'));
    const tenants = (path: string) => ({ ...OPEN_POLICY, tenants: [{ name: 'shop', paths: [path] }] });
    const reading = readPaths([join(folder, 'root')]);
    expect(policyDiagnostics(reading, tenants('teams/shop/'))).toEqual([]);
    expect(policyDiagnostics(reading, tenants('teams/data/'))).toMatchObject([
      { rule: 'policy/tenancy', line: 3, column: 33, path: 'metadata.namespace' },
    ]);
  });

  it('points at a region or account that the policy does not list', () => {
    writeFileSync(join(folder, 'scope.yaml'), object('d'));
    const reading = readPaths([join(folder, 'scope.yaml')]);
    const rules = (allowed: object) =>
      policyDiagnostics(reading, { ...OPEN_POLICY, ...allowed }).map(({ rule, path }) => `${rule} ${path}`);
    expect(rules({ regions: ['ap-shanghai'] })).toEqual(['policy/tenancy spec.region']);
    expect(rules({ accounts: ['shop'] })).toEqual(['policy/tenancy spec.credentialsRef.name']);
    expect(rules({ regions: ['ap-guangzhou'], accounts: ['default'] })).toEqual([]);
  });
});
