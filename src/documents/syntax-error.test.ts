import { expect, it } from 'vitest';
import { readDocuments } from './document-reader.ts';

it('a syntax error is what is wrong with every document of its file, whatever else seems wrong because of it', async () => {
  const text = `apiVersion: cvmsg.dev/v1alpha1
kind: CvmSecurityGroupBinding
metadata: { name: db, namespace: shop }
spec:
  region: ap-guangzhou
  instanceIds: [ins-4q118hl2]
  sgIds: [sg-base0001]
spec: [oops
`;
  const { broken, diagnostics } = readDocuments('db.yaml', Buffer.from(text));
  expect(broken.map(({ key, diagnostic }) => [key, diagnostic.rule])).toEqual([
    ['shop/db', diagnostics[0]?.rule],
  ]);
  expect(diagnostics[0]?.rule).toMatch(/^yaml\//);
});
