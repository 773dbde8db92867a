import { describe, expect, it } from 'vitest';
import { type FileReading, readDocuments } from './document-reader.ts';
import { MAX_FILE_BYTES } from './file-text.ts';

const WEB = `apiVersion: cvmsg.dev/v1alpha1
kind: CvmSecurityGroupBinding
metadata:
  name: web
  namespace: shop
spec:
  region: ap-guangzhou
  instanceIds:
    - ins-4q118hl2
    - ins-0a1b2c3d
  sgIds:
    - sg-1sdj39df
    - sg-o8sk37is
`;
const API = WEB.replace('name: web', 'name: api')
  .replace('ins-4q118hl2', 'ins-aaaaaaaa')
  .replace('ins-0a1b2c3d', 'ins-bbbbbbbb');

function read(text: string | Uint8Array): FileReading {
  return readDocuments('web.yaml', typeof text === 'string' ? new TextEncoder().encode(text) : text);
}

function names(reading: FileReading): readonly string[] {
  return reading.documents.map(({ binding }) => `${binding.metadata.namespace}/${binding.metadata.name}`);
}

/** The document as an item of a list, indented. */
function item(document: string): string {
  return document.replaceAll(/^/gm, '    ').replace('    ', '  - ').trimEnd();
}

const LIST = `apiVersion: v1\nkind: List\nitems:\n${item(WEB)}\n${item(API)}\n`;

describe('a document of our kind', () => {
  it('gets its defaults, its place, and the place of its instances', () => {
    expect(read(`# ours\n${WEB.replace('  namespace: shop\n', '')}`)).toEqual({
      file: 'web.yaml',
      documents: [
        {
          binding: {
            apiVersion: 'cvmsg.dev/v1alpha1',
            kind: 'CvmSecurityGroupBinding',
            metadata: { name: 'web', namespace: 'default' },
            spec: {
              region: 'ap-guangzhou',
              instanceIds: ['ins-4q118hl2', 'ins-0a1b2c3d'],
              sgIds: ['sg-1sdj39df', 'sg-o8sk37is'],
              mode: 'Enforce',
              suspend: false,
            },
          },
          file: 'web.yaml',
          line: 2,
          column: 1,
          instanceIdsLine: 8,
          instanceIdsColumn: 3,
        },
      ],
      findings: [],
      skipped: 0,
      broken: [],
      incomplete: false,
    });
  });

  it('reads the same whether its file is plain or not', () => {
    // An anchor is enough to need the full parser.
    const full = read(WEB.replace('region: ap-guangzhou', 'region: &region ap-guangzhou'));
    expect(full).toEqual(read(WEB));
  });
});

describe('files that are read', () => {
  const ours = ['shop/web'];
  it.each<{ reason: string; text: string | Uint8Array; names: readonly string[]; skipped?: number }>([
    { reason: 'two documents in one file', text: `${WEB}---\n${API}`, names: ['shop/web', 'shop/api'] },
    { reason: 'a v1 List', text: LIST, names: ['shop/web', 'shop/api'] },
    {
      reason: 'a list of our own kind',
      text: LIST.replace('v1\nkind: List', 'cvmsg.dev/v1alpha1\nkind: CvmSecurityGroupBindingList'),
      names: ['shop/web', 'shop/api'],
    },
    {
      reason: 'a List with a foreign item',
      text: `${LIST}  - { apiVersion: v1, kind: ConfigMap }\n`,
      names: ['shop/web', 'shop/api'],
      skipped: 1,
    },
    { reason: 'foreign kinds', text: `${WEB}---\napiVersion: v1\nkind: Secret\n`, names: ours, skipped: 1 },
    {
      reason: 'a foreign kind with its own tags',
      text: `kind: X\napiVersion: v1\na: !Ref b\n---\n${WEB}`,
      names: ours,
      skipped: 1,
    },
    { reason: 'values of another tool', text: 'replicas: 3\n', names: [], skipped: 1 },
    { reason: 'an empty file', text: '', names: [] },
    { reason: 'comments only', text: '# nothing yet\n', names: [] },
    { reason: 'empty documents', text: `---\n---\n${WEB}---\nnull\n---\n`, names: ours },
    { reason: 'a byte order mark', text: `\ufeff${WEB}`, names: ours },
    { reason: 'CRLF', text: WEB.replaceAll('\n', '\r\n'), names: ours },
    {
      reason: 'an alias for a whole value',
      text: WEB.replace('metadata:', 'metadata:\n  labels: { a: &n web }').replace('name: web', 'name: *n'),
      names: ours,
    },
    { reason: 'JSON', text: JSON.stringify(read(WEB).documents[0]?.binding, null, '\t'), names: ours },
    {
      reason: '1 MiB to the byte',
      text: `${WEB}#${'x'.repeat(MAX_FILE_BYTES - WEB.length - 1)}`,
      names: ours,
    },
  ])('$reason', ({ text, names: wanted, skipped = 0, reason }) => {
    const reading = read(text);
    expect(reading.findings, reason).toEqual([]);
    expect(names(reading), reason).toEqual(wanted);
    expect([reading.skipped, reading.incomplete], reason).toEqual([skipped, false]);
  });
});

describe('documents that are refused, each with its place and its fix', () => {
  const both = `${WEB}---\n${API}`;
  it.each<{
    reason: string;
    text: string | Uint8Array;
    /** `line:column path rule`. */
    at: string;
    fix: string;
    names?: readonly string[];
    broken?: readonly string[];
    incomplete?: boolean;
  }>([
    {
      reason: 'unknown field',
      text: both.replace('sgIds', 'sgids'),
      at: '11:3 spec.sgids schema/unknown-field',
      fix: 'write `sgIds` in place of `sgids`',
      names: ['shop/api'],
    },
    {
      reason: 'unknown field like no other',
      text: WEB.replace('spec:', 'spec:\n  color: red'),
      at: '7:3 spec.color schema/unknown-field',
      fix: 'remove it; the fields here are region, instanceIds, sgIds, mode, suspend, credentialsRef',
    },
    {
      reason: 'duplicate key',
      text: both.replace('spec:', 'spec:\n  region: gz'),
      at: '8:3 spec.region yaml/duplicate-key',
      fix: 'keep one of the two and delete the other',
      names: ['shop/api'],
      incomplete: true,
    },
    {
      reason: 'tab',
      text: `${WEB}\tmode: Observe\n`,
      at: '14:1  yaml/tab-as-indent',
      fix: 'indent with spaces',
      incomplete: true,
    },
    {
      reason: 'YAML 1.1 boolean',
      text: `${WEB}  suspend: yes\n`,
      at: '14:12 spec.suspend schema/type',
      fix: 'write `true`, without quotes',
    },
    {
      reason: 'YAML 1.1 boolean under a directive',
      text: `%YAML 1.1\n---\n${WEB}  suspend: off\n`,
      at: '16:12 spec.suspend schema/type',
      fix: 'write `false`, without quotes',
    },
    {
      reason: 'merge key',
      text: `${WEB}  <<: { suspend: true }\n`,
      at: '14:3 spec["<<"] yaml/merge-key',
      fix: 'write the fields out; an alias such as `sgIds: *web` works for a whole value',
    },
    {
      reason: 'number for a name',
      text: WEB.replace('name: web', 'name: 123'),
      at: '4:9 metadata.name schema/type',
      fix: 'put it in quotes: `"123"`',
      broken: [],
      incomplete: true,
    },
    {
      reason: 'number for a label',
      text: WEB.replace('metadata:', 'metadata:\n  labels: { tier: 1 }'),
      at: '4:19 metadata.labels.tier schema/type',
      fix: 'put it in quotes: `"1"`',
    },
    {
      reason: 'upper-case id',
      text: WEB.replace('ins-0a1b2c3d', 'INS-0A1B2C3D'),
      at: '10:7 spec.instanceIds[1] schema/pattern',
      fix: 'write `ins-0a1b2c3d`',
    },
    {
      reason: 'id without its prefix',
      text: WEB.replace('ins-0a1b2c3d', 'a1b2c3d4'),
      at: '10:7 spec.instanceIds[1] schema/pattern',
      fix: 'write `ins-a1b2c3d4`',
    },
    {
      reason: 'a group among the instances',
      text: WEB.replace('ins-0a1b2c3d', 'sg-o8sk37is'),
      at: '10:7 spec.instanceIds[1] schema/pattern',
      fix: 'move "sg-o8sk37is" to `spec.sgIds`, where it belongs',
    },
    {
      reason: 'an id that is beyond repair',
      text: WEB.replace('sg-o8sk37is', 'web servers'),
      at: '13:7 spec.sgIds[1] schema/pattern',
      fix: 'write the id of a security group, `sg-` and 6 to 16 lower-case letters or digits',
    },
    {
      reason: 'region with an underscore',
      text: WEB.replace('ap-guangzhou', 'ap_guangzhou'),
      at: '7:11 spec.region schema/pattern',
      fix: 'write `ap-guangzhou`',
    },
    {
      reason: 'region by its city',
      text: WEB.replace('ap-guangzhou', 'Guangzhou'),
      at: '7:11 spec.region schema/pattern',
      fix: 'write `ap-guangzhou`',
    },
    {
      reason: 'nothing where a value is due',
      text: WEB.replace(' ap-guangzhou', ''),
      at: '7:10 spec.region schema/type',
      fix: 'write a value, or remove the line',
    },
    {
      reason: 'a missing list',
      text: WEB.replace(/ {2}sgIds:.*/s, ''),
      at: '6:1 spec schema/required',
      fix: 'add `sgIds`: The security groups that each instance shall have',
    },
    {
      reason: 'metadata.namespace is a DNS label',
      text: WEB.replace('namespace: shop', 'namespace: shop.web'),
      at: '5:14 metadata.namespace schema/pattern',
      fix: 'write a text that matches ^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
      broken: [],
      incomplete: true,
    },
    {
      reason: 'misspelt kind',
      text: both.replace('kind: CvmSecurityGroupBinding', 'kind: CvmSecurityGroupBindng'),
      at: '2:7 kind document/kind',
      fix: 'write `kind: CvmSecurityGroupBinding`',
      names: ['shop/api'],
    },
    {
      reason: 'wrong version',
      text: WEB.replace('v1alpha1', 'v1'),
      at: '1:13 apiVersion document/api-version',
      fix: 'write `apiVersion: cvmsg.dev/v1alpha1`',
    },
    {
      reason: 'wrong group',
      text: WEB.replace('cvmsg.dev', 'cvmsg.io'),
      at: '1:13 apiVersion document/api-version',
      fix: 'write `apiVersion: cvmsg.dev/v1alpha1`',
    },
    {
      reason: 'no kind at all, but a spec like ours',
      text: WEB.replace(/^.*\n.*\n/, ''),
      at: '1:1 kind document/kind',
      fix: 'write `kind: CvmSecurityGroupBinding`',
    },
    {
      reason: 'a text',
      text: 'kind CvmSecurityGroupBinding\n',
      at: '1:1  document/not-an-object',
      fix: 'start it with `apiVersion: cvmsg.dev/v1alpha1` and `kind: CvmSecurityGroupBinding`, or remove it',
      broken: [],
      incomplete: true,
    },
    {
      reason: 'a bad item of a List leaves the other alone',
      text: LIST.replace('ins-4q118hl2', 'ins-4Q118HL2'),
      at: '12:11 items[0].spec.instanceIds[0] schema/pattern',
      fix: 'write `ins-4q118hl2`',
      names: ['shop/api'],
    },
    {
      reason: 'a List without items',
      text: 'apiVersion: v1\nkind: List\nitem: []\n',
      at: '1:1 items document/list-items',
      fix: 'write the objects under `items`, each after `- `',
      broken: [],
      incomplete: true,
    },
    {
      reason: 'a List in a List',
      text: 'apiVersion: v1\nkind: List\nitems:\n  - { apiVersion: v1, kind: List, items: [] }\n',
      at: '4:5 items[0] document/nested-list',
      fix: 'write its items into the outer list',
      broken: [],
      incomplete: true,
    },
    {
      reason: 'an alias bomb',
      text: `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d]\n`,
      at: '1:1  yaml/alias-bomb',
      fix: 'write the values out',
      broken: [],
      incomplete: true,
    },
    {
      reason: 'few aliases for very much',
      text: `a: &a [${'x,'.repeat(5000)}x]\nb: [${'*a,'.repeat(30)}*a]\n`,
      at: '1:1  yaml/alias-bomb',
      fix: 'write the values out',
      broken: [],
      incomplete: true,
    },
    {
      reason: 'an alias without its anchor',
      text: WEB.replace('ap-guangzhou', '*region'),
      at: '1:1  yaml/unresolved-alias',
      fix: 'define the anchor above its first alias, or put the text in quotes',
      broken: [],
      incomplete: true,
    },
    {
      reason: 'a tag',
      text: WEB.replace('ap-guangzhou', '!env ap-guangzhou'),
      at: '7:11  yaml/tag-resolve-failed',
      fix: 'remove the tag, or put the text in quotes',
      incomplete: true,
    },
    {
      reason: 'a syntax error makes the whole file unreliable',
      text: `${both}---\na: [\n---\n${WEB}`,
      at: '30:1  yaml/bad-indent',
      fix: 'indent the fields of one mapping alike',
      broken: ['shop/web', 'shop/api'],
      incomplete: true,
    },
    {
      reason: 'not UTF-8',
      text: new Uint8Array([0x61, 0x0a, 0x62, 0x20, 0xc3, 0xa9, 0xff, 0x63]),
      at: '2:4  file/not-utf-8',
      fix: 'save it as UTF-8',
      broken: [],
      incomplete: true,
    },
    {
      reason: 'control character',
      text: `a:\n  "b\u0007"\n`,
      at: '2:5  file/control-character',
      fix: 'remove it, or write it as an escape in double quotes',
      broken: [],
      incomplete: true,
    },
    {
      reason: 'too large',
      text: `${WEB}#${'x'.repeat(MAX_FILE_BYTES)}`,
      at: '1:1  file/too-large',
      fix: 'split it into several files',
      broken: [],
      incomplete: true,
    },
    {
      reason: 'nested too deep',
      text: `a: ${'['.repeat(500_000)}`,
      at: '1:4  file/too-deep',
      fix: 'write the document without that nesting',
      broken: [],
      incomplete: true,
    },
  ])('$reason', ({ text, at, fix, names: valid = [], broken = ['shop/web'], incomplete = false, reason }) => {
    const reading = read(text);
    expect(
      reading.findings.map(({ line, column, path, rule }) => `${line}:${column} ${path} ${rule}`),
      reason,
    ).toEqual([at]);
    expect(reading.findings[0]?.fix, reason).toBe(fix);
    expect(names(reading), reason).toEqual(valid);
    expect(reading.broken, reason).toEqual(broken);
    expect(reading.incomplete, reason).toBe(incomplete);
  });

  it('names the first of two duplicates', () => {
    const { findings } = read(
      WEB.replace('ins-0a1b2c3d', 'ins-4q118hl2').replace('sg-o8sk37is', 'sg-1sdj39df'),
    );
    expect(findings.map(({ line, message }) => `${line} ${message}`)).toEqual([
      '10 "ins-4q118hl2" stands twice in spec.instanceIds, first at line 9, column 7',
      '13 "sg-1sdj39df" stands twice in spec.sgIds, first at line 12, column 7',
    ]);
  });

  it('lists findings in the order of the file, and counts those that are too many', () => {
    const groups = Array.from({ length: 50 }, (_, index) => `    - SG-${10_000_000 + index}\n`).join('');
    const { findings } = read(`${WEB}${groups}---\n`.repeat(30));
    const lines = findings.slice(0, -1).map(({ line }) => line);
    expect(lines).toEqual(lines.toSorted((left, right) => left - right));
    expect(findings.at(-1)?.message).toMatch(/^and \d+ more findings in this file$/);
  });
});

describe('warnings', () => {
  it.each([
    ['status', `${WEB}status: { observedGeneration: 1 }\n`, '14:1 status document/status'],
    [
      'a field that the server writes',
      WEB.replace('metadata:', 'metadata:\n  uid: x'),
      '4:3 metadata.uid document/server-field',
    ],
    [
      'a zone for a region',
      WEB.replace('guangzhou', 'guangzhou-3'),
      '7:11 spec.region document/unknown-region',
    ],
    [
      'a region that is nearly right',
      WEB.replace('guangzhou', 'guangzou'),
      '7:11 spec.region document/unknown-region',
    ],
  ])('%s leaves the document valid', (reason, text, at) => {
    const { documents, findings } = read(text);
    expect(
      findings.map(({ line, column, path, rule }) => `${line}:${column} ${path} ${rule}`),
      reason,
    ).toEqual([at]);
    expect(findings[0]?.severity).toBe('warning');
    expect(documents[0]?.binding.status).toBeUndefined();
    expect(documents.length, reason).toBe(1);
  });
});
