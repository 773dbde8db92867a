import { expect, it } from 'vitest';
import { readPolicy } from './policy-reading.ts';

const HEAD = 'apiVersion: cvmsg.dev/v1alpha1\nkind: CvmsgPolicy\n';
const NO_CHECKS = { schedule: () => undefined, service: () => undefined, prefix: () => undefined };
const rulesOf = (text: string) =>
  readPolicy('policy.yaml', Buffer.from(`${HEAD}${text}`), NO_CHECKS).diagnostics.map(({ rule }) => rule);

it.each([
  { reason: 'a collection as a key', text: '[a]: b\n', rules: ['yaml/collection-as-key'] },
  {
    reason: 'keys of keys',
    text: `${'? {'.repeat(90)}a${'}: b'.repeat(90)}\n`,
    rules: ['yaml/collection-as-key'],
  },
  { reason: 'deep values', text: `tenants: ${'['.repeat(200)}\n`, rules: ['file/too-deep'] },
  { reason: 'too many words', text: `tenants: [${','.repeat(600_000)}]\n`, rules: ['file/too-much'] },
  {
    reason: 'more rules than are compared with each other',
    text: `mustKeep: [${'{ sgId: sg-baseline },'.repeat(1_001)}]\n`,
    rules: ['schema/max-items'],
  },
])('a policy file is refused for $reason', ({ reason, text, rules }) => {
  expect(rulesOf(text), reason).toEqual(rules);
});

it.each([
  { text: 'regions: [ap-guangzhou, gz]\naccounts: [default, "shop/*"]\n', rules: [] },
  { text: 'regions: [guangzhou]\n', rules: ['policy/unknown-region'] },
  { text: 'regions: []\n', rules: ['schema/min-items'] },
  { text: 'accounts: ["Shop!"]\n', rules: ['schema/pattern'] },
])('regions and accounts of a policy: $text', ({ text, rules }) => {
  expect(rulesOf(text)).toEqual(rules);
});
