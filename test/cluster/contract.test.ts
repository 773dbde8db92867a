import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { DOCUMENT_RESULTS } from '../contract/document-results.ts';
import { describeCluster } from './cluster.ts';

describeCluster('the table of good and bad documents', { instances: 1 }, (cluster) => {
  it.each(DOCUMENT_RESULTS)(
    '$document: the API server judges as the table says ($reason)',
    ({ document, server, reason }) => {
      const { plane } = cluster();
      const text = readFileSync(new URL(`../contract/documents/${document}.yaml`, import.meta.url), 'utf8');
      let refusal = '';
      try {
        plane.kubectl(['create', '--dry-run=server', '--validate=false', '-o', 'name', '-f', '-'], text);
      } catch (error) {
        refusal = String((error as { stderr?: unknown }).stderr ?? error);
      }
      expect(refusal === '' ? 'accepts' : 'refuses', `${reason}: ${refusal}`).toBe(server);
    },
  );
});
