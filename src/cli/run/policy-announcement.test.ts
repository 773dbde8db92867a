import { describe, expect, it } from 'vitest';
import type { SecurityGroupId } from '../../api/ids.ts';
import { DEFAULT_BLAST_RADIUS, OPEN_POLICY, type Policy } from '../../core/policy.ts';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import { policyAnnouncement } from './policy-announcement.ts';

const announced = (policy: Partial<Policy>) =>
  policyAnnouncement({ ...OPEN_POLICY, ...policy }, { file: 'policy.yaml', clock: new VirtualClock() });

describe('policyAnnouncement', () => {
  it('says what holds without a policy file', () => {
    expect(announced({ blastRadius: DEFAULT_BLAST_RADIUS, verifyGroups: true }).text).toBe(
      'at most 20% of a scope or 50 instances, whichever is more, may change within 10m; ' +
        '0 must-keep rules, 0 forbidden groups, no tenants, so everybody may name everything; ' +
        'groups are looked up before they are written',
    );
  });

  it('says that there is no limit', () => {
    expect(announced({}).text).toContain('any number of instances may change at once');
  });

  it('says which approvals count and whose emergencies, where the policy does', () => {
    const { text } = announced({
      approvals: { paths: ['reviewed/'], annotations: false, laterRevision: true, verified: false },
    });
    expect(text).toContain('approvals count below reviewed/ from a later revision than the change');
    const nowhere = { paths: [], annotations: false, laterRevision: true, verified: false };
    expect(announced({ approvals: nowhere }).text).toContain('approvals count nowhere');
  });

  it('says which regions and accounts may be named, where not all may', () => {
    const { text, fields } = announced({ regions: ['ap-guangzhou'], accounts: ['default', 'shop/*'] });
    expect(text).toContain('only 1 region may be named; only accounts that fit default, shop/* may be named');
    expect(fields).toMatchObject({ regions: ['ap-guangzhou'], accounts: ['default', 'shop/*'] });
    expect(announced({}).text).not.toContain('may be named');
  });

  it('counts rules and says of each window when it changes', () => {
    const { text, fields } = announced({
      mustKeep: [{ sgId: 'sg-0a1b2c3d' as SecurityGroupId, where: {} }],
      tenants: [{ name: 'shop' }, { name: 'data' }],
      windows: [
        {
          name: 'night',
          effect: 'allow',
          schedule: '0 22 * * *',
          durationMs: 3_600_000,
          timeZone: 'Asia/Shanghai',
          where: {},
        },
      ],
    });
    expect(text).toContain('1 must-keep rule, 0 forbidden groups, 2 tenants; groups are not looked up');
    expect(text).toContain('allow window "night" is closed until 2026-01-01T14:00:00Z');
    expect(text).toContain('emergencies last 24h at most');
    expect(fields).toMatchObject({
      policy: 'policy.yaml',
      windows: [{ name: 'night', effect: 'allow', open: false, until: '2026-01-01T14:00:00Z' }],
    });
  });
});
