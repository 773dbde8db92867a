import { describe, expect, it } from 'vitest';
import { input } from '../../../test/faults/guard-input.ts';
import { groups, sg } from '../../../test/firewall/notation.ts';
import type { SecurityGroupId } from '../../api/ids.ts';
import { ListEffects } from '../firewall/list-effects.ts';
import type { GroupRules, RuleBook } from '../firewall/rules.ts';
import type { TrafficKnowledge } from '../guard-port.ts';
import { type ExposureRule, OPEN_POLICY } from '../policy.ts';
import { dependsOnRules, exposedBy, exposure, exposureOfChange } from './exposure.ts';

const RULE: ExposureRule = {
  name: 'no remote shell',
  direction: 'ingress',
  services: ['tcp/22'],
  addresses: ['0.0.0.0/0'],
  except: [],
  conditional: 'deny',
  approval: 'deny',
  where: {},
};
const DENIED = { unreadable: 'UnauthorizedOperation: no; grant vpc:DescribeSecurityGroupPolicies' };
const BOOK: RuleBook = {
  groups: new Map<SecurityGroupId, GroupRules>([
    ...groups({ ssh: 'A tcp:22 any', web: 'A tcp:80 any', app: 'A tcp:22 @sg-ops' }),
    [sg('denied'), DENIED],
  ]),
};

function knowledge(mode: 'auto' | 'require' = 'auto'): TrafficKnowledge {
  const effects = new ListEffects(BOOK);
  return {
    mode,
    effects,
    state: (sgId) => {
      const rules = BOOK.groups.get(sgId);
      return rules === undefined ? 'unread' : 'unreadable' in rules ? 'unreadable' : 'known';
    },
  };
}

interface Row {
  readonly before?: string;
  readonly after?: string;
  readonly rules?: readonly Partial<ExposureRule>[];
  readonly traffic?: TrafficKnowledge;
  readonly believed?: string;
  readonly tags?: Record<string, string>;
}
const list = (names: string) => names.split(' ').map(sg);

const asked = ({
  before = 'web',
  after = 'web ssh',
  rules = [{}],
  traffic = knowledge(),
  believed,
  tags,
}: Row) => ({
  ...input({
    binding: { sgIds: list(after) },
    observed: { sgIds: list(before), ...(tags === undefined ? {} : { tags }) },
    rules: { traffic, policy: { ...OPEN_POLICY, exposure: rules.map((over) => ({ ...RULE, ...over })) } },
  }),
  ...(believed === undefined ? {} : { believed: list(believed) }),
});

describe('the guard over what a change opens', () => {
  it('refuses what a rule forbids, with the rule of the policy, the opening, and the rule of the group', () => {
    expect(exposure(asked({}))).toEqual({
      guard: 'exposure',
      outcome: 'refused',
      reason: 'Exposure',
      message:
        'the policy rule "no remote shell" forbids what this change opens: opens tcp/22 from 0.0.0.0/0, because sg-ssh ingress #0: ' +
        'change spec.sgIds or the rules of these groups, or the rule under exposure in the policy',
    });
  });

  it.each<Row & { readonly what: string }>([
    { what: 'a change where the policy has no such rule', rules: [] },
    { what: 'a change that opens nothing of it', after: 'web' },
    { what: 'what is open already', before: 'ssh', after: 'web ssh' },
    { what: 'what closes', before: 'web ssh', after: 'web' },
    { what: 'a change that the rule is not about', rules: [{ where: { regions: ['ap-shanghai'] } }] },
    { what: 'an instance without the tag', rules: [{ where: { tags: { env: 'prod' } } }], tags: {} },
    {
      what: 'an opening that depends on members, where the rule lets it',
      after: 'app',
      rules: [{ conditional: 'allow' }],
    },
    { what: 'what needs an approval, which the budget asks for', rules: [{ approval: 'allow' }] },
    { what: 'a group that cannot be read, unless that is required', after: 'denied web' },
  ])('lets pass $what', (row) => {
    expect(exposure(asked(row))).toBeUndefined();
  });

  it.each<Row & { readonly what: string; readonly says: string }>([
    { what: 'what may open by who is in a group', after: 'app', says: 'may open tcp/22' },
    {
      what: 'an instance whose tags were not read',
      rules: [{ where: { tags: { env: 'prod' } } }],
      says: 'its tags were not read',
    },
    {
      what: 'what opens beside the list that a late read shows',
      before: 'web',
      believed: 'ssh',
      says: 'opens tcp/22',
    },
    {
      what: 'what opens beside the list that is believed',
      before: 'ssh',
      believed: 'web',
      says: 'opens tcp/22',
    },
  ])('refuses $what', ({ says, ...row }) => {
    expect(exposure(asked(row))).toMatchObject({
      outcome: 'refused',
      reason: 'Exposure',
      message: expect.stringContaining(says),
    });
  });

  it('waits for rules that nobody has read yet, where something depends on them', () => {
    expect(exposure(asked({ after: 'new' }))).toEqual({
      guard: 'exposure',
      outcome: 'waiting',
      reason: 'TrafficUnknown',
      message: 'the rules of sg-new are being read',
    });
    expect(exposure(asked({ after: 'new', rules: [] }))).toBeUndefined();
  });

  it('refuses a change whose effect cannot be told where that is required, and no other', () => {
    const required = { rules: [], traffic: knowledge('require') };
    expect(exposure(asked({ after: 'denied web', ...required }))).toMatchObject({
      outcome: 'refused',
      reason: 'TrafficUnknown',
      message: expect.stringContaining(`the rules of sg-denied (${DENIED.unreadable}) cannot be read`),
    });
    expect(
      exposure(asked({ before: 'web denied', after: 'web denied denied', ...required })),
    ).toBeUndefined();
    expect(exposure(asked({ after: 'app', ...required }))).toBeUndefined();
    expect(exposure(asked({ after: 'new', ...required }))).toMatchObject({ outcome: 'waiting' });
  });

  it('refuses where rules of exposure stand in the policy and nobody reads those of groups', () => {
    expect(exposure(asked({ traffic: { mode: 'off' } }))).toMatchObject({
      outcome: 'refused',
      reason: 'TrafficUnknown',
    });
    expect(exposure(asked({ traffic: { mode: 'off' }, rules: [] }))).toBeUndefined();
  });
});

describe('what rules of exposure say of a change beside refusing it', () => {
  it('is what needs an approval', () => {
    const { needsApproval } = exposureOfChange(asked({ rules: [{ approval: 'allow' }, { name: 'hard' }] }));
    expect(needsApproval).toBe(
      'the policy rule "no remote shell" forbids what this change opens: opens tcp/22 from 0.0.0.0/0, because sg-ssh ingress #0',
    );
    expect(exposureOfChange(asked({})).needsApproval).toBeUndefined();
  });

  it('is whether it closes what should not be open', () => {
    expect(exposureOfChange(asked({ before: 'web ssh', after: 'web' })).closes).toBe(true);
    expect(exposureOfChange(asked({ before: 'web ssh', after: 'ssh' })).closes).toBe(false);
    expect(exposureOfChange(asked({ before: 'web ssh', after: 'web', rules: [] })).closes).toBe(false);
  });

  it('is why nobody can tell', () => {
    expect(exposureOfChange(asked({ after: 'denied' })).cannotTell).toContain('sg-denied');
    expect(exposureOfChange(asked({ after: 'web' })).cannotTell).toBeUndefined();
  });

  it('is what a list breaks as it is', () => {
    expect(exposedBy(list('web ssh'), asked({}))).toHaveLength(1);
    expect(exposedBy(list('web'), asked({}))).toEqual([]);
  });

  it('is whether a change waits for rules at all', () => {
    expect(dependsOnRules(asked({}))).toBe(true);
    expect(dependsOnRules(asked({ rules: [{ where: { tags: { env: 'prod' } } }] }))).toBe(true);
    expect(dependsOnRules(asked({ rules: [{ where: { regions: ['ap-shanghai'] } }] }))).toBe(false);
    expect(dependsOnRules(asked({ rules: [], traffic: knowledge('require') }))).toBe(true);
    expect(dependsOnRules(asked({ traffic: { mode: 'off' } }))).toBe(false);
  });
});
