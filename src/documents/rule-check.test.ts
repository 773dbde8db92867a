import { describe, expect, it } from 'vitest';
import { checkRules, checkUpdate } from './binding-check.ts';

const BINDING = {
  spec: { region: 'gz', instanceIds: ['ins-4q118hl2'], sgIds: ['sg-1sdj39df', 'sg-o8sk37is'] },
};

function withSpec(change: object): object {
  return { spec: { ...BINDING.spec, ...change } };
}

describe("the CRD's own rules", () => {
  it('let a right document pass, and one without the fields that they speak of', () => {
    expect(checkRules(BINDING)).toEqual([]);
    expect(checkRules({})).toEqual([]);
    expect(checkRules(null)).toEqual([]);
  });

  it('refuse a group that stands twice, and say where it stands first', () => {
    const [problem] = checkRules(withSpec({ sgIds: ['sg-aaaaaa', 'sg-bbbbbb', 'sg-aaaaaa'] }));
    expect(problem).toMatchObject({
      rule: 'cel/duplicate',
      path: ['spec', 'sgIds', 2],
      first: ['spec', 'sgIds', 0],
    });
  });

  it('do not judge again what the schema has refused', () => {
    const document = withSpec({ sgIds: [1, 1] });
    const known = { severity: 'error', rule: 'schema/type', message: '', fix: '', at: 'value' } as const;
    expect(checkRules(document, [{ ...known, path: ['spec', 'sgIds', 0] }])).toEqual([]);
    expect(checkRules(document, [{ ...known, path: ['spec', 'region'] }])).not.toEqual([]);
  });

  it('refuse a value that they cannot be computed for', () => {
    expect(checkRules(withSpec({ sgIds: 12 })).map(({ rule }) => rule)).toEqual(['cel/duplicate']);
  });

  it.each([
    ['a new list is allowed', { sgIds: ['sg-o8sk37is'] }, []],
    ['the region is immutable', { region: 'sh' }, ['cel/forbidden spec.region']],
    [
      'the other rules hold for updates too',
      { sgIds: ['sg-aaaaaa', 'sg-aaaaaa'] },
      ['cel/duplicate spec.sgIds.1'],
    ],
  ])('judge an update: %s', (reason, change, wanted) => {
    const problems = checkUpdate(BINDING, withSpec(change));
    expect(
      problems.map(({ rule, path }) => `${rule} ${path.join('.')}`),
      reason,
    ).toEqual(wanted);
  });

  it('have no old value to compare with when a field is new', () => {
    expect(checkUpdate({ spec: {} }, BINDING)).toEqual([]);
  });

  it('say how to mend', () => {
    const [problem] = checkUpdate(BINDING, withSpec({ region: 'sh' }));
    expect(problem?.message).toBe('spec.region ("gz" -> "sh"): the region cannot be changed');
    expect(problem?.fix).toContain('create a second binding');
  });
});
