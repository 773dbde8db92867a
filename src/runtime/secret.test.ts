import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import type { Credentials } from '../cloud/credentials/credentials.ts';
import { Secret } from './secret.ts';

const credentials: Credentials = {
  secretId: 'AKIDEXAMPLE',
  secretKey: new Secret('hunter2'),
  token: new Secret('hunter2-token'),
  source: 'test',
};

it.each([
  { how: 'JSON.stringify', show: (value: unknown) => JSON.stringify(value) },
  {
    how: 'util.inspect',
    show: (value: unknown) => inspect(value, { depth: 9, showHidden: true, getters: true }),
  },
  { how: 'a template', show: (value: unknown) => `${Object.values(value as object)}` },
  { how: 'String()', show: (value: unknown) => String((value as Credentials).secretKey) },
  { how: 'an error', show: (value: unknown) => inspect(new Error('x', { cause: value })) },
  { how: 'a spread copy', show: (value: unknown) => JSON.stringify({ ...(value as Credentials).secretKey }) },
])('credentials never show their key by $how', ({ show }) => {
  expect(show(credentials)).not.toContain('hunter2');
});

it('only reveal() gives the text', () => {
  expect(credentials.secretKey.reveal()).toBe('hunter2');
});
