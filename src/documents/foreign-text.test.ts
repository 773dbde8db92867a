import { describe, expect, it } from 'vitest';
import { readDocuments } from './document-reader.ts';

const BODY = `kind: CvmSecurityGroupBinding
metadata: { name: web, namespace: shop }
spec: { region: ap-guangzhou, instanceIds: [ins-4q118hl2], sgIds: [sg-1sdj39df] }
`;
const JSON_BINDING = JSON.stringify({
  apiVersion: 'cvmsg.dev/v1alpha1',
  kind: 'CvmSecurityGroupBinding',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { region: 'ap-guangzhou', instanceIds: ['ins-4q118hl2'], sgIds: ['sg-1sdj39df'] },
});
const escaped = (text: string) =>
  text.replaceAll(/[a-z]/gi, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
const read = (text: string, held = false) => readDocuments('a.yaml', Buffer.from(text), { held });

describe('a text that is not parsed', () => {
  it.each([
    { reason: 'as it is usually written', text: `apiVersion: cvmsg.dev/v1alpha1\n${BODY}` },
    { reason: 'with an escape', text: `apiVersion: "\\x63vmsg.dev/v1alpha1"\n${BODY}` },
    { reason: 'over two lines', text: `apiVersion: "cvmsg.\\\n  dev/v1alpha1"\n${BODY}` },
    { reason: 'with an anchor', text: `apiVersion: &v cvmsg.dev/v1alpha1\n${BODY}` },
    { reason: 'with a tag', text: `apiVersion: !!str cvmsg.dev/v1alpha1\n${BODY}` },
    { reason: 'as a folded block', text: `apiVersion: >-\n  cvmsg.dev/v1alpha1\n${BODY}` },
    { reason: 'as JSON', text: JSON_BINDING },
    { reason: 'as JSON with each letter escaped', text: JSON_BINDING.replaceAll(/"[^"]*"/g, escaped) },
    { reason: 'in a List', text: `apiVersion: v1\nkind: List\nitems: [${JSON_BINDING}]\n` },
    { reason: 'after a byte order mark', text: `\ufeffapiVersion: cvmsg.dev/v1alpha1\n${BODY}` },
    {
      reason: 'with line ends of Windows',
      text: `apiVersion: cvmsg.dev/v1alpha1\n${BODY}`.replaceAll('\n', '\r\n'),
    },
    {
      reason: 'behind a foreign document',
      text: `kind: Service\n---\napiVersion: cvmsg.dev/v1alpha1\n${BODY}`,
    },
  ])('never hides a binding: $reason', ({ reason, text }) => {
    expect(
      read(text).documents.map(({ binding }) => binding.metadata.name),
      reason,
    ).toEqual(['web']);
  });

  it.each([
    { reason: 'a mistyped group', text: `apiVersion: cvmsg.de/v1alpha1\n${BODY}` },
    { reason: 'no type at all', text: BODY.replace(/^kind.*\n/, '') },
    { reason: 'a mistyped kind', text: BODY.replace('CvmSecurityGroupBinding', 'CvmSecuritGroupBindin') },
  ])('is none that is meant for us: $reason', ({ reason, text }) => {
    expect(read(text).diagnostics.length, reason).toBeGreaterThan(0);
  });

  it('is counted by its documents', () => {
    expect(read('---\nkind: Service\n--- # two\nkind: Pod\n---\n# nothing\n')).toEqual({
      file: 'a.yaml',
      documents: [],
      diagnostics: [],
      skipped: 2,
      broken: [],
      incomplete: false,
    });
  });

  it('may be broken, unless it held a binding before', () => {
    expect(read('kind: [')).toMatchObject({ diagnostics: [], incomplete: false });
    expect(read('kind: [', true)).toMatchObject({ incomplete: true });
    expect(read('kind: [', true).diagnostics[0]?.rule).toMatch(/^yaml\//);
  });
});
