import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DEFAULT_BLAST_RADIUS, OPEN_POLICY } from '../../core/policy.ts';
import { loadPolicy } from './policy.ts';

const folder = mkdtempSync(join(tmpdir(), 'cvmsg-policy-'));
afterAll(() => rmSync(folder, { recursive: true }));

function policyFile(text: string): string {
  const file = join(folder, 'policy.yaml');
  writeFileSync(file, `apiVersion: cvmsg.dev/v1alpha1\nkind: CvmsgPolicy\n${text}\n`);
  return file;
}

describe('loadPolicy', () => {
  it('has a limit and looks for groups where no file is named', () => {
    expect(loadPolicy(undefined)).toEqual({
      ...OPEN_POLICY,
      blastRadius: DEFAULT_BLAST_RADIUS,
      verifyGroups: true,
    });
  });

  it('keeps the defaults of what a file does not say', () => {
    expect(loadPolicy(policyFile(''))).toEqual(loadPolicy(undefined));
    expect(loadPolicy(policyFile('blastRadius: { count: 7 }')).blastRadius).toEqual({
      ...DEFAULT_BLAST_RADIUS,
      count: 7,
    });
  });

  it('takes away the limit only by the word', () => {
    expect(loadPolicy(policyFile('blastRadius: none'))).not.toHaveProperty('blastRadius');
  });

  it('turns texts into numbers and short region names into long ones', () => {
    const policy = loadPolicy(
      policyFile(`blastRadius: { share: 12.5%, period: 1h30m }
mustKeep: [{ sgId: sg-0a1b2c3d, position: first, regions: [gz], tags: { env: prod } }]
forbidden: [{ sgId: sg-0a1b2c3e, namespaces: ["shop-*"] }]
exposure:
  - { name: ssh, never: { services: [tcp/22], from: [0.0.0.0/0, "::/0"] }, except: [10.0.0.0/8], regions: [gz] }
  - { name: mail, never: { to: [0.0.0.0/0] }, conditional: allow, approval: allow }
windows: [{ name: night, effect: allow, schedule: "0 22 * * *", duration: 4h, timeZone: Asia/Shanghai }]
tenants: [{ name: shop, paths: [teams/shop/] }]
fights: { rewrites: 5, within: 1h, pace: 30s }
verifyGroups: false`),
    );
    expect(policy).toEqual({
      blastRadius: { share: 0.125, count: DEFAULT_BLAST_RADIUS.count, periodMs: 5_400_000 },
      mustKeep: [
        { sgId: 'sg-0a1b2c3d', position: 1, where: { regions: ['ap-guangzhou'], tags: { env: 'prod' } } },
      ],
      forbidden: [{ sgId: 'sg-0a1b2c3e', where: { namespaces: ['shop-*'] } }],
      exposure: [
        {
          name: 'ssh',
          direction: 'ingress',
          services: ['tcp/22'],
          addresses: ['0.0.0.0/0', '::/0'],
          except: ['10.0.0.0/8'],
          conditional: 'deny',
          approval: 'deny',
          where: { regions: ['ap-guangzhou'] },
        },
        {
          name: 'mail',
          direction: 'egress',
          addresses: ['0.0.0.0/0'],
          except: [],
          conditional: 'allow',
          approval: 'allow',
          where: {},
        },
      ],
      windows: [
        {
          name: 'night',
          effect: 'allow',
          schedule: '0 22 * * *',
          durationMs: 14_400_000,
          timeZone: 'Asia/Shanghai',
          where: {},
        },
      ],
      tenants: [{ name: 'shop', paths: ['teams/shop/'] }],
      fights: { rewrites: 5, withinMs: 3_600_000, paceMs: 30_000 },
      approvals: { paths: ['approvals/'], laterRevision: true, verified: false },
      emergencies: { longestMs: 86_400_000 },
      verifyGroups: false,
    });
  });

  it.each([
    { never: 'services: [ssh], from: [0.0.0.0/0]', rule: 'policy/service', fix: 'write `tcp/22`' },
    { never: 'services: ["tcp:22"], from: [0.0.0.0/0]', rule: 'policy/service', fix: 'write `tcp/22`' },
    { never: 'services: ["22"], from: [0.0.0.0/0]', rule: 'policy/service', fix: 'write `tcp/22`' },
    { never: 'services: [tcp/70000], from: [0.0.0.0/0]', rule: 'policy/service', fix: '`gre` or `other`' },
    { never: 'from: [10.0.0.0/33]', rule: 'policy/prefix', fix: 'such as `10.0.0.0/8`' },
    { never: 'from: [10.0.0.1-10.0.0.9]', rule: 'policy/prefix', fix: 'such as `10.0.0.0/8`' },
    { never: 'from: [10.1.2.3/8]', rule: 'policy/host-bits', fix: 'write `10.0.0.0/8`' },
    { never: 'to: ["2001:db8::1/32"]', rule: 'policy/host-bits', fix: 'write `2001:db8::/32`' },
  ])('refuses a rule of exposure with $never, and says what to write', ({ never, rule, fix }) => {
    const file = policyFile(`exposure: [{ name: a, never: { ${never} } }]`);
    expect(() => loadPolicy(file)).toThrow(rule);
    expect(() => loadPolicy(file)).toThrow(fix);
    expect(() => loadPolicy(file)).toThrow('policy.yaml:3:');
  });

  it.each(['203.0.113.7', '0::0/0', '10.0.0.0/8'])('takes %s for a prefix', (prefix) => {
    const policy = loadPolicy(policyFile(`exposure: [{ name: a, never: { from: ["${prefix}"] } }]`));
    expect(policy.exposure[0]?.addresses).toEqual([prefix]);
  });

  it('stops at a file that is not there', () => {
    expect(() => loadPolicy(join(folder, 'none.yaml'))).toThrow(/--policy: ".*none.yaml" cannot be read/);
  });

  it('stops with every diagnostic at a file that is not valid', () => {
    const file = policyFile(`forbiden: []
windows:
  - { name: a, effect: deny, schedule: "0 25 * * *", duration: 1h, timeZone: UTC }`);
    expect(() => loadPolicy(file)).toThrow(
      /not valid, and nothing is done without it: 1 finding\n.*:3:1: error/s,
    );
    const windows = policyFile(`windows:
  - { name: a, effect: deny, schedule: "0 25 * * *", duration: 1h, timeZone: UTC }
  - { name: b, effect: deny, schedule: "0 0 * * *", duration: 1h, timeZone: Asia/Shangai }`);
    expect(() => loadPolicy(windows)).toThrow(/2 findings\n.*25.*write `Asia\/Shanghai`/s);
  });
});
