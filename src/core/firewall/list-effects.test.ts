import { describe, expect, it } from 'vitest';
import type { SecurityGroupId } from '../../api/ids.ts';
import { ListEffects } from './list-effects.ts';
import type { GroupRules, Rule } from './rules.ts';

const sg = (letter: string) => `sg-${letter.repeat(8)}` as SecurityGroupId;
const [A, B, C] = [sg('a'), sg('b'), sg('c')];
const rules = (...ingress: Rule[]) => ({ ingress, egress: [] });
const book = {
  groups: new Map([
    [A, rules({ action: 'ACCEPT', protocol: 'tcp', port: '22', cidrBlock: '10.0.0.0/8' })],
    [B, rules({ action: 'DROP', protocol: 'tcp', port: '22', cidrBlock: '10.0.0.0/9' })],
  ]),
};

describe('the effects of lists by one book', () => {
  it('are what a change opens', () => {
    const { changes } = new ListEffects(book).change([B, A], [A, B]);
    expect(changes).toMatchObject([
      { effect: 'opens', services: ['tcp/22'], addresses: ['10.0.0.0/9'], because: { after: { sgId: A } } },
    ]);
  });

  it('are what a list allows where nothing was allowed before', () => {
    const { changes } = new ListEffects(book).allows([B, A]);
    expect(changes).toMatchObject([{ effect: 'opens', services: ['tcp/22'], addresses: ['10.128.0.0/9'] }]);
    expect(new ListEffects(book).allows([B]).changes).toEqual([]);
  });

  it('are not found again by a later book that knows no more rules', () => {
    const effects = new ListEffects(book);
    const [changes, rules] = [effects.change([A], [B]), effects.rules];
    const groups = new Map<SecurityGroupId, GroupRules>([
      ...book.groups,
      [C, { unreadable: 'no such group' }],
    ]);
    const unreadable = { groups };
    const later = effects.by(unreadable);
    expect([later.change([A], [B]), later.rules, later.book]).toEqual([changes, rules, unreadable]);
    expect([later.change([A], [B]) === changes, later.rules === rules]).toEqual([true, true]);
  });

  it.each([
    { what: 'knows another group', groups: [...book.groups, [C, rules()]] },
    { what: 'knows a group no more', groups: [...book.groups].slice(1) },
    { what: 'knows other rules of a group', groups: [...book.groups, [A, rules()]] },
    { what: 'has templates', groups: [...book.groups], more: { addressTemplates: new Map() } },
  ] as const)('are found again by a later book that $what', ({ groups, ...rest }) => {
    const effects = new ListEffects(book);
    const more = 'more' in rest ? rest.more : {};
    expect(effects.by({ groups: new Map(groups), ...more }).rules).not.toBe(effects.rules);
  });

  it('are found once for each pair of lists', () => {
    const effects = new ListEffects(book);
    expect(effects.change([A], [B])).toBe(effects.change([A], [B]));
    expect(effects.change([A], [B])).not.toBe(effects.change([B], [A]));
    expect(effects.rules).toBe(effects.rules);
  });
});
