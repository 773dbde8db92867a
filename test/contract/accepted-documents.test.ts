import { describe, expect, it } from 'vitest';
import { MAX_FILE_BYTES } from '../../src/api/file-text.ts';
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
