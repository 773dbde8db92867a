import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { metricFamilies } from '../../scripts/metrics-page.ts';
import { CONDITION_REASONS } from '../../src/api/conditions.ts';
import type { CredentialsProvider } from '../../src/cloud/credentials/credentials.ts';
import { failureReason } from '../../src/core/instance-status.ts';
import type { KubeConnection } from '../../src/kubernetes/client/kube-connection.ts';
import { KubeError } from '../../src/kubernetes/client/kube-error.ts';
import { SecretCredentials } from '../../src/manager/secret-credentials.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

const runbook = readFileSync('docs/runbook.md', 'utf8');
const rules: readonly Rule[] = parse(
  readFileSync('manifests/monitoring/prometheus-rule.yaml', 'utf8'),
).spec.groups.flatMap((group: { rules: Rule[] }) => group.rules);
const alerts = rules.filter(({ alert }) => alert !== undefined);
const dashboard = readFileSync('manifests/monitoring/dashboard.json', 'utf8');

const headings = (under: string) => {
  const section = runbook.split(/^## /m).find((text) => text.startsWith(under)) ?? '';
  return [...section.matchAll(/^### (\w+)$/gm)].map(([, heading]) => heading);
};

const UNUSED: CredentialsProvider = {
  get: () => Promise.reject(new Error('asked for an account of no Secret')),
  invalidate() {},
};

describe('the runbook', () => {
  it('has an entry for every reason of a condition, in their order, and none for others', () => {
    expect(headings('Reasons')).toEqual(Object.keys(CONDITION_REASONS));
  });

  it('has an entry for every alert, in their order, and none for others', () => {
    expect(headings('Alerts')).toEqual(alerts.map(({ alert }) => alert));
  });

  it('is where every alert points', () => {
    for (const { alert = '', annotations } of alerts) {
      expect(annotations?.runbook_url).toBe(`https://cvmsg.dev/docs/runbook.md#${alert.toLowerCase()}`);
      expect(annotations?.summary).not.toBe('');
    }
  });

  it('tells what a Secret that may not be read needs under the reason that it has', async () => {
    const forbidden = new KubeError('forbidden', { status: 403, reason: 'Forbidden' });
    const connection = { json: () => Promise.reject(forbidden) } as unknown as KubeConnection;
    const credentials = new SecretCredentials(connection, { clock: new VirtualClock(), others: UNUSED });
    const result = await credentials.get('shop/keys', new AbortController().signal);
    if (result.ok) throw new Error('the Secret was read');
    const [remedy = 'none'] = /manifests\/[\w/.-]+/.exec(result.message) ?? [];
    const naming = runbook.split(/^### /m).filter((text) => text.includes(remedy));
    expect(naming.map((text) => text.split('\n')[0])).toEqual([failureReason('credential')]);
  });
});

describe('alerts and dashboard', () => {
  const queries = [
    ...rules.map(({ expr }) => expr),
    ...[...dashboard.matchAll(/"expr": (".*")/g)].map(([, text = '""']) => JSON.parse(text) as string),
  ];

  it('ask for metrics that exist only', async () => {
    const families = new Map((await metricFamilies()).map((family) => [family.name, family]));
    const asked = queries.flatMap(metricNames);
    expect(asked.length).toBeGreaterThan(30);
    const recorded = rules.flatMap(({ record }) => record ?? []);
    const unknown = asked.filter(
      (name) => !families.has(name.replace(/_(?:bucket|sum|count)$/, '')) && !recorded.includes(name),
    );
    expect(unknown).toEqual([]);
  });

  it('ask for values of labels that exist only', async () => {
    const families = new Map((await metricFamilies()).map((family) => [family.name, family]));
    const missing = queries.flatMap((query) =>
      [...query.matchAll(/(\w+)\{([^}]*)\}/g)].flatMap(([, name = '', selector = '']) =>
        [...selector.matchAll(/(\w+)=~?"([\w|-]+)"/g)].flatMap(([, label = '', values = '']) =>
          values
            .split('|')
            .filter((value) => !(families.get(baseOf(name))?.labels.get(label)?.has(value) ?? false))
            .map((value) => `${name}{${label}="${value}"}`),
        ),
      ),
    );
    expect(missing).toEqual([]);
  });

  it('are read by a test that knows a wrong name', () => {
    expect(metricNames('sum by (scope) (rate(cvmsg_made_up_total{code="x"}[5m])) > 0')).toEqual([
      'cvmsg_made_up_total',
    ]);
  });
});

const baseOf = (name: string) => name.replace(/_(?:bucket|sum|count)$/, '');

/** Names in a query that are metrics: what is left without strings, durations, labels, functions and keywords. */
function metricNames(query: string): string[] {
  const bare = query
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '')
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, ' ')
    .replaceAll(/\b(?:by|on|group_left|group_right|ignoring|without)\s*\([^)]*\)/g, ' ');
  return [...bare.matchAll(/\b[a-z]\w*(?::\w+)*\b(?!\s*\()/g)]
    .map(([name]) => name)
    .filter((name) => !/^(?:and|or|unless|sum|max|min|count|by|on)$/.test(name));
}
