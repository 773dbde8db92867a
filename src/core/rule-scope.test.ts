import { expect, it } from 'vitest';
import type { Origin } from './model.ts';
import { ruleFit, ruleScopeText } from './rule-scope.ts';

const inFile = (file: string): Origin => ({ kind: 'directory', file, line: 1, column: 1, revision: 'r' });
const OBJECT = { kind: 'object', uid: 'u' } as unknown as Origin;

it.each([
  {
    reason: 'a file below the folder',
    origin: inFile('teams/shop/web.yaml'),
    paths: ['teams/shop/'],
    fit: 'yes',
  },
  {
    reason: 'a folder without its slash',
    origin: inFile('teams/shop/a/b.yaml'),
    paths: ['teams/shop'],
    fit: 'yes',
  },
  { reason: 'the file itself', origin: inFile('web.yaml'), paths: ['web.yaml'], fit: 'yes' },
  { reason: 'one of several', origin: inFile('b/x.yaml'), paths: ['a/', 'b/'], fit: 'yes' },
  {
    reason: 'a folder whose name begins like it',
    origin: inFile('teams/shop-eu/x.yaml'),
    paths: ['teams/shop'],
    fit: 'no',
  },
  {
    reason: 'another folder, whatever namespace it writes',
    origin: inFile('teams/data/x.yaml'),
    paths: ['teams/shop'],
    fit: 'no',
  },
  {
    reason: 'an object of a cluster, which stands in no file',
    origin: OBJECT,
    paths: ['teams/shop'],
    fit: 'no',
  },
  { reason: 'no path asked for', origin: OBJECT, paths: undefined, fit: 'yes' },
])('a rule of paths is about $reason: $fit', ({ origin, paths, fit }) => {
  const binding = { scope: { account: 'default', region: 'gz' }, namespace: 'shop', origin };
  const scope = { namespaces: ['shop'], ...(paths === undefined ? {} : { paths }) };
  expect(ruleFit(scope, { binding, observed: {} })).toBe(fit);
  expect(ruleFit({ ...scope, namespaces: ['data'] }, { binding, observed: {} }), 'of another namespace').toBe(
    'no',
  );
});

it('a rule of paths says where the declarations stand that it is about', () => {
  expect(ruleScopeText({ regions: ['ap-guangzhou'], paths: ['teams/shop/', 'a.yaml'] })).toBe(
    ' in ap-guangzhou declared in teams/shop/, a.yaml',
  );
});
