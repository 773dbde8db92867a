import { describe, expect, it } from 'vitest';
import { readDocuments } from './document-reader.ts';

const HEAD = 'apiVersion: cvmsg.dev/v1alpha1\nkind: CvmSecurityGroupBinding\n';
const WEB = `${HEAD}metadata: { name: web, namespace: shop }
spec: { region: ap-guangzhou, instanceIds: [ins-4q118hl2], sgIds: [sg-1sdj39df] }
`;
const read = (text: string) => readDocuments('web.yaml', Buffer.from(text));
const found = (text: string) =>
  read(text).diagnostics.map(({ line, column, rule }) => `${line}:${column} ${rule}`);
const names = (text: string) => read(text).documents.map(({ binding }) => binding.metadata.name);

describe('what a text may be made of', () => {
  it.each([
    { reason: 'a mapping in braces', text: '{ a: b }: c', at: '4:1' },
    { reason: 'a list in brackets', text: '[a]: c', at: '4:1' },
    { reason: 'a mapping after a question mark', text: '? a: b\n: c', at: '4:4' },
    { reason: 'a list after a question mark', text: '? - a\n: c', at: '4:3' },
    { reason: 'within a list', text: 'x: [a, { [b]: c }]', at: '4:10' },
    { reason: 'within a value', text: 'x:\n  y:\n    ? [a]\n    : b', at: '6:7' },
    { reason: 'what a template leaves', text: 'x: {{ .Values.x }}', at: '4:5' },
  ])('is no collection as a key: $reason', ({ reason, text, at }) => {
    const reading = read(`# first\n---\n# cvmsg.dev\n${text}\n`);
    expect(
      reading.diagnostics.map(({ line, column, rule }) => `${line}:${column} ${rule}`),
      reason,
    ).toEqual([`${at} yaml/collection-as-key`]);
    expect(reading.incomplete, reason).toBe(true);
  });

  it('keeps to the document with the key, and is silent about a foreign one', () => {
    const foreign = 'kind: Deployment\nreplicas: {{ .Values.replicas }}\n';
    expect(found(`${foreign}---\n${WEB}`)).toEqual([]);
    expect(names(`${foreign}---\n${WEB}`)).toEqual(['web']);
    expect(read(`${foreign}---\n${WEB}`)).toMatchObject({ skipped: 1, incomplete: false });
    expect(names(`${WEB}---\n# cvmsg.dev\n[a]: b\n---\n${WEB.replace('web', 'db')}`)).toEqual(['web', 'db']);
  });

  it.each([
    { reason: 'brackets', nest: (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}` },
    {
      reason: 'brackets with line ends between',
      nest: (depth: number) => `${'[\n  '.repeat(depth)}${']'.repeat(depth)}`,
    },
    { reason: 'mappings in braces', nest: (depth: number) => `${'{a: '.repeat(depth)}${'}'.repeat(depth)}` },
    { reason: 'dashes', nest: (depth: number) => `\n${'- '.repeat(depth)}a` },
    {
      reason: 'mappings by indentation',
      nest: (depth: number) =>
        `\n${Array.from({ length: depth }, (_, level) => `${' '.repeat(level + 1)}a:`).join('\n')} b`,
    },
  ])('is nested at most 100 deep, the document itself included: $reason', ({ reason, nest }) => {
    const text = (depth: number) => `${HEAD}a: ${nest(depth)}\n`;
    const deep = (depth: number) => found(text(depth)).filter((one) => one.endsWith('file/too-deep'));
    expect(deep(99), reason).toEqual([]);
    expect(deep(100), reason).toHaveLength(1);
  });

  it('is at most 500,000 words and signs', () => {
    expect(found(`# cvmsg.dev\na: [${'1,'.repeat(120_000)}]\n`)).toEqual([]);
    expect(found(`# cvmsg.dev\na: [${','.repeat(600_000)}]\n`)).toEqual(['2:499997 file/too-much']);
  });

  it('does not get into a message as a whole', () => {
    const long = 'x'.repeat(5_000);
    const texts = [
      `${WEB}!${long} a: b\n`,
      `${WEB}a: *${long}\n`,
      `${WEB}a: [}${long}]\n`,
      `${WEB}${long}: b\n`,
      `${WEB}a: "\\q${long}"\n`,
      WEB.replace('ap-guangzhou', ` ${long}`),
      WEB.replace('[sg-1sdj39df]', long),
      WEB.replace('[sg-1sdj39df]', `[${long}]`),
      WEB.replace('region: ap-guangzhou', `region: [${long}]`),
      WEB.replace('namespace: shop', `labels: { ${long}: ${long} }`),
      WEB.replace('apiVersion: cvmsg.dev/v1alpha1', `apiVersion: cvmsg.dev/${long}`),
      WEB.replace('kind: CvmSecurityGroupBinding', `kind: ${long}`),
      `apiVersion: v1\nkind: List\nitems: []\n${long}: 1 # cvmsg.dev\n`,
      `apiVersion: cvmsg.dev/v1alpha1\nkind: CvmsgApproval\nspec: { ${long}: 1 }\n`,
    ];
    for (const text of texts) {
      const { diagnostics } = read(text);
      expect(diagnostics.length, text.slice(0, 300)).toBeGreaterThan(0);
      for (const { message, fix, path } of diagnostics) {
        expect(message.length, message).toBeLessThan(400);
        expect(fix.length, fix).toBeLessThan(400);
        expect(path.length, path).toBeLessThan(400);
      }
    }
  });
});
