import { describe, expect, it } from 'vitest';
import { readDocuments } from '../../src/documents/document-reader.ts';
import { MAX_FILE_BYTES } from '../../src/documents/file-text.ts';
import { API, LIST, names, read, WEB } from './binding-text.ts';

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
              deletionPolicy: 'Retain',
            },
          },
          file: 'web.yaml',
          line: 2,
          column: 1,
          instanceIdsLine: 8,
          instanceIdsColumn: 3,
        },
      ],
      diagnostics: [],
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
      reason: 'a ResourceList, as kustomize and kpt hand it on',
      text: LIST.replace('v1\nkind: List', 'config.kubernetes.io/v1\nkind: ResourceList').concat(
        'functionConfig: { apiVersion: v1, kind: ConfigMap }\nresults: []\n',
      ),
      names: ['shop/web', 'shop/api'],
    },
    {
      reason: 'a ResourceList of old',
      text: LIST.replace('v1\nkind: List', 'config.kubernetes.io/v1alpha1\nkind: ResourceList'),
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
    {
      reason: 'byte order marks in the middle, where files were joined',
      text: `\ufeff${WEB}---\n\ufeff${API}\ufeff---\n`,
      names: ['shop/web', 'shop/api'],
    },
    {
      reason: 'a JSON patch of a binding behind it',
      text: `${WEB}---\n- { op: add, path: /metadata/annotations/cvmsg.dev~1x, value: y }\n`,
      names: ours,
      skipped: 1,
    },
    {
      reason: 'what kubectl writes of an object that it does not create',
      text: WEB.replace('metadata:', 'metadata:\n  creationTimestamp: null').concat('status: null\n'),
      names: ours,
    },
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
    expect(reading.diagnostics, reason).toEqual([]);
    expect(names(reading), reason).toEqual(wanted);
    expect([reading.skipped, reading.incomplete], reason).toEqual([skipped, false]);
  });
});

describe('a file that neither names the group nor held a binding', () => {
  const others: readonly { reason: string; text: string | Uint8Array; skipped?: number }[] = [
    {
      reason: 'a JSON patch of a binding',
      text: '- op: replace\n  path: /spec/sgIds/0\n  value: sg-o8sk37is\n',
    },
    { reason: 'a JSON patch as JSON', text: '[{"op":"remove","path":"/spec/instanceIds/0"}]' },
    {
      reason: 'a Helm template',
      text: 'metadata:\n  name: {{ include "x" . }}\n{{- if .sgIds }}\n  a: \\b\n{{- end }}\n',
    },
    {
      reason: 'a playbook',
      text: '- hosts: all\n  tasks:\n    - { name: "a\\tb", shell: cvmsg validate }\n',
    },
    { reason: 'a list of texts', text: '- instanceIds\n- sgIds\n' },
    { reason: 'broken YAML', text: 'sgIds: [a, "b\n\tc: \\' },
    { reason: 'a conflict marker', text: '<<<<<<< ours\ncvmsg: 1\n=======\ncvmsg: 2\n>>>>>>> theirs\n' },
    {
      reason: 'a pointer of Git LFS',
      text: 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n',
    },
    { reason: 'collections as keys', text: '? {? {? {? {cvmsg: 1}}}}\n' },
    { reason: 'nested without end', text: `sgIds: ${'['.repeat(100_000)}` },
    { reason: 'a text', text: 'cvmsg is a tool\n' },
    { reason: 'no UTF-8', text: Buffer.from('cvmsg: \xff', 'latin1') },
    { reason: 'a control character', text: 'sgIds: \u0007\n' },
    { reason: 'too large', text: `# ${'x'.repeat(MAX_FILE_BYTES)}` },
    { reason: 'a merge key', text: 'a: &a { sgIds: [] }\nb: { <<: *a }\n' },
    { reason: 'an alias without an anchor', text: 'sgIds: *none\n' },
    { reason: 'values of a chart', text: 'bindings:\n  - { sgIds: [sg-1sdj39df], instanceIds: [] }\n' },
    { reason: 'a List with what is no list', text: 'apiVersion: v1\nkind: List\nitems: sgIds\n' },
  ];
  it.each(others)('is foreign, whatever it holds: $reason', ({ reason, text, skipped = 1 }) => {
    expect(read(text), reason).toEqual({
      file: 'web.yaml',
      documents: [],
      diagnostics: [],
      skipped,
      broken: [],
      incomplete: false,
    });
  });

  it('is told when a document has our kind, and blocks nothing either', () => {
    const reading = read(`${WEB.replace('cvmsg.dev', 'cvmsg.io')}---\n- op: add\n`);
    expect(reading.diagnostics.map(({ severity, rule }) => `${severity} ${rule}`)).toEqual([
      'error document/api-version',
    ]);
    expect([reading.skipped, reading.incomplete]).toEqual([2, false]);
  });

  it.each([
    {
      reason: 'a pointer of Git LFS',
      text: 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n',
      rule: 'file/lfs-pointer',
    },
    {
      reason: 'a conflict marker',
      text: '<<<<<<< ours\na: 1\n=======\na: 2\n>>>>>>> theirs\n',
      rule: 'yaml/multiline-implicit-key',
    },
    { reason: 'no UTF-8', text: Buffer.from('a: \xff', 'latin1'), rule: 'file/not-utf-8' },
    { reason: 'a template', text: 'metadata: { ? {{ .x }} }\n', rule: 'yaml/collection-as-key' },
  ])('is told when it held a binding, which stays: $reason', ({ reason, text, rule }) => {
    const reading = readDocuments('web.yaml', Buffer.from(text), { held: true });
    expect([reading.diagnostics[0]?.rule, reading.incomplete], reason).toEqual([rule, true]);
  });
});

describe('warnings', () => {
  it.each([
    ['status', `${WEB}status: { observedGeneration: 1 }\n`, '14:1 status document/status'],
    [
      'a label that kubectl takes for a boolean',
      WEB.replace('metadata:', 'metadata:\n  labels: { a: "on", b: off }'),
      '4:25 metadata.labels.b yaml/boolean-of-1-1',
    ],
    [
      'a name that kubectl takes for a boolean',
      WEB.replace('name: web', 'name: no'),
      '4:9 metadata.name yaml/boolean-of-1-1',
    ],
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
    const { documents, diagnostics } = read(text);
    expect(
      diagnostics.map(({ line, column, path, rule }) => `${line}:${column} ${path} ${rule}`),
      reason,
    ).toEqual([at]);
    expect(diagnostics[0]?.severity).toBe('warning');
    expect(documents[0]?.binding.status).toBeUndefined();
    expect(documents.length, reason).toBe(1);
  });
});
