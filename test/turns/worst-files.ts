/** Files that cost their reader most, each within all limits for size. */
import { MAX_FILE_BYTES } from '../../src/documents/file-text.ts';

const HEAD = 'apiVersion: cvmsg.dev/v1alpha1\nkind: CvmSecurityGroupBinding\n';

/** A document that is valid, and plain enough for the fast reader. */
export const plainBinding = (name: string, instanceIds = '[ins-4q118hl2]', more = '') =>
  `${HEAD}metadata: { name: ${name}, namespace: shop }\nspec:\n  region: ap-guangzhou\n  instanceIds: ${instanceIds}\n  sgIds: [sg-1sdj39df]\n${more}`;

/** One that selects its instances. @param selector in flow style. */
export const selectingBinding = (name: string, selector: string) =>
  `${HEAD}metadata: { name: ${name}, namespace: shop }\nspec:\n  region: ap-guangzhou\n  instanceSelector: ${selector}\n  sgIds: [sg-1sdj39df]\n`;

/** As often as it fits into a file beside `taken` characters. */
const filled = (unit: string, taken = 500) => unit.repeat(Math.floor((MAX_FILE_BYTES - taken) / unit.length));

const many = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index)).join('');

const nested = (levels: number) => `${'? {'.repeat(levels)}a${'}: b'.repeat(levels)}`;

export const WORST_FILES: Readonly<Record<string, string>> = {
  'keys of collections, 300 levels': `${HEAD}${nested(300)}\n`,
  'keys of collections, 700 levels': `${HEAD}${nested(700)}\n`,
  '1,500 keys of depth 99': `${HEAD}${many(1500, (index) => `? ${'['.repeat(99)}${index}${']'.repeat(99)}\n: 1\n`)}`,
  'brackets only': `${HEAD}a: ${filled('[')}`,
  'dashes only': `${HEAD}a:\n${filled('- ')}`,
  'brackets with many spaces': HEAD + `[${' '.repeat(10_000)}`.repeat(95),
  'commas where values are due': `${HEAD}a: [${filled(',')}]`,
  'brackets that close nothing': `${HEAD}a: [${filled('} ')}]`,
  'tabs for indentation': HEAD + filled('\t:\n'),
  comments: HEAD + filled('#\n'),
  anchors: `${HEAD}a: [${filled('&a 1,')}]`,
  tags: `${HEAD}a: [${many(60_000, () => '!a 1,')}]`,
  'the same key again and again': plainBinding(
    'web',
    '[]',
    many(60_000, () => 'k: 1\n'),
  ),
  'fields that nobody knows': plainBinding(
    'web',
    '[]',
    many(60_000, (index) => `k${index}: 1\n`),
  ),
  'a list of wrong ids': plainBinding(
    'web',
    many(60_000, (index) => `\n  - ${index}`),
  ),
  'a list of mappings': plainBinding(
    'web',
    many(30_000, (index) => `\n  - {a: ${index}}`),
  ),
  'bindings that are plain': many(5_000, (index) => `---\n${plainBinding(`web-${index}`)}`),
  'bindings that are not plain': many(
    5_000,
    (index) => `---\n${plainBinding(`web-${index}`, '["\\x69ns-4q118hl2"]')}`,
  ),
  'one broken binding by 990 aliases among much else': `apiVersion: v1\nkind: List\nitems:\n- &a { apiVersion: cvmsg.dev/v1alpha1, kind: CvmSecurityGroupBinding, metadata: { name: A_ } }\n${'- *a\n'.repeat(990)}- [${'1,'.repeat(100_000)}]\n`,
  'approvals that are valid': many(
    5_000,
    (index) =>
      `---\napiVersion: cvmsg.dev/v1alpha1\nkind: CvmsgApproval\nspec: { digest: "sha256:${String(index).padStart(64, '0')}", approvedBy: a, approvedAt: "2026-03-01T18:00:00Z" }\n`,
  ),
  'a policy that lies among the bindings': `apiVersion: cvmsg.dev/v1alpha1\nkind: CvmsgPolicy\nmustKeep:\n${many(25_000, () => '- { sgId: sg-baseline }\n')}`,
  'a token of a megabyte': `${HEAD}a: [${'x'.repeat(1_000_000)}: ]}`,
  'a line of a megabyte': `${HEAD}${'x '.repeat(500_000)}: y`,
  'a foreign text of a megabyte': filled('a: b\n'),
  'many lists of 1,000 instances': many(
    40,
    (index) =>
      `---\n${plainBinding(`web-${index}`, `[${many(1000, (id) => `ins-${(index * 1000 + id).toString(36).padStart(8, '0')}, `)}]`)}`,
  ),
};
