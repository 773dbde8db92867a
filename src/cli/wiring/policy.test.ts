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

  it('stops at a file that is not there', () => {
    expect(() => loadPolicy(join(folder, 'none.yaml'))).toThrow(/--policy: ".*none.yaml" cannot be read/);
  });

  it('stops with every finding at a file that is not valid', () => {
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
