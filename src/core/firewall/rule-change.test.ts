/** What rules that were changed open and close for lists that stay. */
import { describe, expect, it } from 'vitest';
import { groups, sg } from '../../../test/firewall/notation.ts';
import { changedGroups, ruleChanges } from './rule-change.ts';
import type { RuleBook } from './rules.ts';
import { trafficSentences } from './traffic-text.ts';

const [WEB, BASE] = [sg('web'), sg('base')] as const;
const LIST = { after: [WEB, BASE], instances: 3 };
const book = (texts: Readonly<Record<string, string>>, more: Partial<RuleBook> = {}): RuleBook => ({
  groups: groups(texts),
  ...more,
});
const sentences = (before: RuleBook, after: RuleBook) =>
  trafficSentences(ruleChanges(before, after, [LIST]), after);

describe('a change of rules', () => {
  it('opens and closes exactly what the list allows otherwise, by the rules under their own names', () => {
    const before = book({ web: 'A tcp:443 any', base: 'D tcp:22 any' });
    const after = book({ web: 'A tcp:443 any; A tcp:22 10.0.0.0/8', base: 'D tcp:22 any' });
    expect(ruleChanges(before, after, [LIST])).toEqual([
      {
        direction: 'ingress',
        family: 'ipv4',
        effect: 'opens',
        dependsOn: [],
        services: ['tcp/22'],
        addresses: ['10.0.0.0/8'],
        because: { before: { sgId: BASE, index: 0 }, after: { sgId: WEB, index: 1 } },
        instances: 3,
      },
    ]);
    expect(sentences(after, before)).toEqual([expect.stringContaining('closes tcp/22 from 10.0.0.0/8')]);
  });

  it('that an earlier group shadows, or that only writes the same otherwise, changes no traffic', () => {
    const before = book({ web: 'A tcp:443 any; D all any', base: 'A tcp:22 any' });
    expect(sentences(before, book({ web: 'A tcp:443 any; D all any', base: 'D tcp:22 any' }))).toEqual([]);
    const split = 'A tcp:443 0.0.0.0/1; A tcp:443 128.0.0.0/1; D all any';
    expect(sentences(before, book({ web: split, base: 'A tcp:22 any' }))).toEqual([]);
  });

  it('may be one of a template, also within a group of templates', () => {
    const rules = { web: 'A tcp:22 @ipmg-1', base: 'D all any' };
    const templates = (office: readonly string[]) =>
      book(rules, {
        addressTemplateGroups: new Map([['ipmg-1', ['ipm-1', 'ipm-2']]]),
        addressTemplates: new Map([
          ['ipm-1', office],
          ['ipm-2', ['10.0.0.1']],
        ]),
      });
    const [before, after] = [templates(['192.0.2.0/24']), templates(['192.0.2.0/24', '198.51.100.0/24'])];
    expect([...changedGroups(before, after)]).toEqual([WEB]);
    expect(sentences(before, after)).toEqual([expect.stringContaining('opens tcp/22 from 198.51.100.0/24')]);
    expect(sentences(before, templates(['192.0.2.0/24']))).toEqual([]);
  });

  it('is none for what was read for the first time, or can be read no more', () => {
    const before = book({ base: 'D tcp:22 any' });
    const after = book({ base: 'D tcp:22 any', web: 'A tcp:22 any' });
    expect(changedGroups(before, after).size).toBe(0);
    expect(sentences(before, after)).toEqual([]);
    expect(sentences(after, { groups: new Map([...after.groups, [WEB, { unreadable: 'no' }]]) })).toEqual([]);
  });

  it('depends on what nobody has read no more than the change itself does', () => {
    const before = book({ web: 'A tcp:22 @sg-x', base: 'D all any' });
    expect(sentences(before, book({ web: 'A tcp:22 @sg-x; A tcp:80 any', base: 'D all any' }))).toEqual([
      expect.stringContaining('opens tcp/80 from 0.0.0.0/0'),
    ]);
    expect(sentences(before, book({ web: 'D tcp:22 @sg-x', base: 'D all any' }))).toEqual([
      expect.stringContaining('may close tcp/22'),
    ]);
  });
});
