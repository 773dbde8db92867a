import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';

interface Container {
  readonly name: string;
  readonly startupProbe?: object;
  readonly livenessProbe?: object;
}

const STARTUP = { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 2, failureThreshold: 60 };

it('a start on a busy node has two minutes before the kubelet ends it', () => {
  const { spec } = parse(readFileSync('manifests/base/deployment.yaml', 'utf8')) as {
    spec: { template: { spec: { containers: Container[] } } };
  };
  expect(spec.template.spec.containers.map(({ startupProbe }) => startupProbe)).toEqual([STARTUP]);
  const chart = readFileSync('manifests/helm/cvmsg/templates/deployment.yaml', 'utf8');
  const [, block = ''] = /^( +startupProbe:\n(?: {12,}.*\n)+)/m.exec(chart) ?? [];
  expect(parse(block)).toEqual({ startupProbe: STARTUP });
});
