import { describe, expect, it } from 'vitest';
import { labelSelectorProblem } from './label-selector.ts';

describe('a label selector', () => {
  it.each([
    'team=shop',
    'team==shop',
    'team!=shop',
    'team',
    '!team',
    ' team = shop , tier in ( web, db ),!old ',
    'tier notin (web)',
    'tier in(web,db)',
    'cvmsg.dev/tier=web_1.a',
    'size>3,size < 10',
    'team=',
    'in in (in)',
    'notin',
  ])('may be "%s"', (text) => {
    expect(labelSelectorProblem(text)).toBeUndefined();
  });

  it.each([
    { text: 'team:shop', says: '"team:shop"', fix: 'write "team=shop"' },
    { text: 'team=shop;tier=web', says: '"team=shop;tier=web"', fix: 'write "team=shop,tier=web"' },
    { text: 'team=shop tier=web', says: '"team=shop tier=web"', fix: 'write "team=shop,tier=web"' },
    { text: 'team=my shop', says: '"team=my shop"', fix: 'such as team=shop' },
    { text: 'team=shop,', says: 'nothing after a comma', fix: 'remove the comma' },
    { text: ',team=shop', says: 'nothing before a comma', fix: 'remove the comma' },
    { text: 'a=b,,c=d', says: 'nothing between two commas', fix: 'remove one' },
    { text: 'tier in web', says: '"tier in web"', fix: 'write "tier in (web)"' },
    { text: 'tier in (web', says: '"tier in (web"', fix: 'such as team=shop' },
    { text: 'tier in ()', says: '"tier in ()"', fix: 'name a value' },
    { text: 'size > big', says: '"size > big"', fix: 'compare with a whole number' },
    { text: '-team=shop', says: '"-team" is no key of a label', fix: 'begin and end with a letter or digit' },
    { text: 'Cvmsg.dev/team=a', says: '"Cvmsg.dev/team" is no key of a label', fix: 'lower-case' },
    {
      text: 'team=-shop',
      says: '"-shop" is no value of a label',
      fix: 'begin and end with a letter or digit',
    },
    { text: `team=${'a'.repeat(64)}`, says: 'is no value of a label', fix: 'at most 63' },
    { text: '=shop', says: '"=shop"', fix: 'such as team=shop' },
    { text: ' ', says: 'nothing', fix: 'such as team=shop' },
  ])('must not be "$text"', ({ text, says, fix }) => {
    const problem = labelSelectorProblem(text);
    expect(problem).toContain(says);
    expect(problem).toContain(fix);
  });
});
