import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  controlPlaneBinaries,
  controlPlaneIsAvailable,
  WHY_NONE,
} from '../cluster/control-plane/binaries.ts';
import { helmBinary, helmIsAvailable, WHY_NO_HELM } from '../cluster/control-plane/helm.ts';
import {
  CHART,
  comparable,
  helm,
  kustomized,
  kustomizedWith,
  kustomizedWithPolicy,
  MANIFESTS,
  NAMESPACE,
  objectsIn,
  type RenderedObject,
  templated,
} from './rendered.ts';

interface NetworkPolicySpec {
  readonly ingress: readonly object[];
  readonly egress: readonly {
    readonly to?: unknown;
    readonly ports: readonly { readonly port: number }[];
  }[];
}

const available = controlPlaneIsAvailable() && helmIsAvailable();
const why = available ? '' : ` (skipped: ${controlPlaneIsAvailable() ? WHY_NO_HELM : WHY_NONE})`;

const POD_IDENTITY = {
  enabled: true,
  region: 'ap-guangzhou',
  providerId: 'cls-example',
  roleArn: 'qcs::cam::uin/100000000001:roleName/cvmsg',
};
const MONITORING = {
  serviceMonitor: { enabled: true },
  prometheusRule: { enabled: true },
  dashboard: { enabled: true },
};

describe.skipIf(!available)(`the Helm chart${why}`, () => {
  // Where they have to be built first, that takes longer than any test.
  beforeAll(async () => {
    await controlPlaneBinaries();
    await helmBinary();
  }, 900_000);

  it.each([
    { overlay: 'cluster-wide', values: {}, crd: true },
    { overlay: 'namespaced', values: { watch: { namespaces: ['shop'] } }, crd: false },
    { overlay: 'git-sync', values: { gitSync: { enabled: true } }, crd: false },
    { overlay: 'tke-pod-identity', values: { podIdentity: POD_IDENTITY }, crd: true },
  ])('makes the objects of the overlay $overlay', async ({ overlay, values, crd }) => {
    const chart = comparable(await templated(values));
    const { [CRD]: definition, ...withoutCrd } = chart;
    expect(definition).toBeDefined();
    expect(crd ? chart : withoutCrd).toEqual(comparable(await kustomized(`overlays/${overlay}`)));
  });

  it('serves the page where the component does, and on no port of a Service', async () => {
    const chart = comparable(await templated({ page: { enabled: true } }));
    expect(chart).toEqual(comparable(await kustomizedWith('cluster-wide', 'components/page')));
    expect(JSON.stringify(chart)).toContain('"CVMSG_RUN_PAGE_LISTEN","value":"127.0.0.1:8090"');
    expect(chart).toEqual(
      expect.objectContaining(
        Object.fromEntries(
          Object.entries(comparable(await templated({}))).filter(([key]) => !key.includes('Deployment')),
        ),
      ),
    );
  });

  it('makes the admission policies of the component, with its own group, names and ServiceAccount', async () => {
    const component = objectsIn(join(MANIFESTS, 'components/admission/admission.yaml'));
    const values = { admission: { enabled: true, approvers: 'ops', controllers: ['someone'] } };
    const made = (await templated(values)).filter(({ kind }) =>
      /^(ValidatingAdmission|ConfigMap)/.test(kind),
    );
    const policies = (all: readonly RenderedObject[]) =>
      all.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy').map(({ spec }) => spec);
    expect(policies(made)).toEqual(policies(component));
    const [trusted] = made.filter(({ kind }) => kind === 'ConfigMap');
    expect(trusted).toMatchObject({
      metadata: { name: 'cvmsg-trusted', namespace: NAMESPACE },
      data: { approvers: 'ops', controllers: `system:serviceaccount:${NAMESPACE}:cvmsg someone` },
    });
    const names = new Set(policies(made).length === 0 ? [] : made.map(({ metadata }) => metadata.name));
    const bindings = made.filter(({ kind }) => kind === 'ValidatingAdmissionPolicyBinding');
    expect(bindings).toHaveLength(2);
    for (const { spec } of bindings) {
      const { policyName, paramRef } = spec as { policyName: string; paramRef: object };
      expect(names).toContain(policyName);
      expect(paramRef).toMatchObject({ name: 'cvmsg-trusted', namespace: NAMESPACE });
    }
  });

  it('makes none where no objects are followed, and says so', async () => {
    const values = { admission: { enabled: true }, gitSync: { enabled: true } };
    await expect(templated(values)).rejects.toThrow(/admission.enabled: with gitSync no objects/);
  });

  it('makes the objects of monitoring/ when they are asked for', async () => {
    const plain = Object.keys(comparable(await templated()));
    const all = Object.entries(comparable(await templated({ monitoring: MONITORING })));
    const monitoring = all.filter(([name]) => !plain.includes(name));
    expect(Object.fromEntries(monitoring)).toEqual(comparable(await kustomized('monitoring')));
  });

  it.each([
    { overlay: 'cluster-wide', values: {} },
    { overlay: 'git-sync', values: { gitSync: { enabled: true } } },
  ])('adds a policy to $overlay as the component does', async ({ overlay, values }) => {
    const policy = readFileSync(join(MANIFESTS, 'samples/policy/policy.yaml'), 'utf8');
    const chart = withoutPolicyMarks(await templated({ ...values, policy }));
    const component = withoutPolicyMarks(await kustomizedWithPolicy(overlay, policy));
    const { [POLICY_MAP]: chartMap, [CRD]: _, ...chartRest } = chart;
    const { [POLICY_MAP]: componentMap, [CRD]: __, ...componentRest } = component;
    for (const map of [chartMap, componentMap])
      expect(map).toMatchObject({ data: { 'policy.yaml': policy } });
    expect(JSON.stringify(chartRest)).toContain('CVMSG_POLICY');
    expect(chartRest).toEqual(componentRest);
  });

  it('adds messages to people as the component does, and reads nothing of the Secret itself', async () => {
    const chart = comparable(await templated({ notify: { secretName: 'cvmsg-notify' } }));
    expect(chart).toEqual(comparable(await kustomizedWith('cluster-wide', 'components/notify')));
    expect(JSON.stringify(chart)).toContain('{"name":"notify","secret":{"secretName":"cvmsg-notify"}}');
  });

  it('lets metrics be read from the given namespace only, and reaches the given addresses only, as the component does', async () => {
    const policyOf = (objects: readonly RenderedObject[]) =>
      objects.find(({ kind }) => kind === 'NetworkPolicy')?.spec as NetworkPolicySpec;
    const networkPolicy = {
      metricsNamespace: 'observability',
      egressCidrs: ['192.0.2.10/32', '198.51.100.0/24'],
    };
    const spec = policyOf(await templated({ networkPolicy }));
    expect(spec).toEqual(policyOf(await kustomizedWith('cluster-wide', 'components/network-policy')));
    expect(spec.ingress).toEqual([
      {
        from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'observability' } } }],
        ports: [{ protocol: 'TCP', port: 8080 }],
      },
    ]);
    const https = spec.egress.filter(({ ports }) => ports.some(({ port }) => port === 443));
    expect(https.map(({ to }) => to)).toEqual([
      [{ ipBlock: { cidr: '192.0.2.10/32' } }, { ipBlock: { cidr: '198.51.100.0/24' } }],
    ]);
    const open = policyOf(await templated({ networkPolicy: { metricsNamespace: '' } }));
    expect(open.ingress).toEqual([{ ports: [{ protocol: 'TCP', port: 8080 }] }]);
    expect(open.egress.find(({ ports }) => ports.some(({ port }) => port === 443))?.to).toBeUndefined();
    const plain = policyOf(await templated());
    expect(JSON.stringify(plain.ingress)).toContain('"kubernetes.io/metadata.name":"monitoring"');
  });

  it('keeps the state in a folder of its own where the volume is open to everybody', async () => {
    const argsOf = async (size: string) =>
      JSON.stringify(await templated({ gitSync: { enabled: true, state: { size } } }));
    expect(await argsOf('0')).toContain('--state-dir=/var/lib/cvmsg/state');
    expect(await argsOf('1Gi')).toContain('"--state-dir=/var/lib/cvmsg"');
  });

  it('starts the pods anew with another policy', async () => {
    const deployment = async (policy: string) =>
      (await templated({ policy })).find(({ kind }) => kind === 'Deployment');
    expect(await deployment('one: 1')).toEqual(await deployment('one: 1'));
    expect(await deployment('one: 1')).not.toEqual(await deployment('one: 2'));
  });

  it('would notice a difference', async () => {
    const observed = comparable(await templated({ replicas: 3 }));
    expect(observed).not.toEqual(comparable(await kustomized('overlays/cluster-wide')));
  });

  it('points its alerts at the runbook that is given', async () => {
    const rules = { prometheusRule: { enabled: true }, runbookUrl: 'https://wiki.example.com/cvmsg' };
    const text = JSON.stringify(await templated({ monitoring: rules }));
    expect(text).toContain('https://wiki.example.com/cvmsg#cvmsgnoleader');
    expect(text).not.toContain('https://cvmsg.dev/docs/runbook');
  });

  it('passes its own linter', async () => {
    expect(await helm(['lint', '--strict', CHART, '-n', NAMESPACE])).toContain('0 chart(s) failed');
  });

  it.each([
    { reason: 'an unknown value', values: { replica: 2 } },
    { reason: 'an unknown value further down', values: { gitSync: { repo: 'https://git.example.com/x' } } },
    { reason: 'a negative number of replicas', values: { replicas: -1 } },
    { reason: 'a namespace that is none', values: { watch: { namespaces: ['Shop'] } } },
    { reason: 'a number as a variable', values: { env: { CVMSG_MAX_GROUPS: 10 } } },
    { reason: 'a variable that is not ours', values: { env: { NODE_OPTIONS: '--inspect' } } },
    { reason: 'pod identity without a role', values: { podIdentity: { ...POD_IDENTITY, roleArn: '' } } },
    { reason: 'a digest that is none', values: { image: { digest: 'latest' } } },
    { reason: 'a Secret that nothing can be called', values: { credentials: { secretName: 'My_Keys' } } },
    { reason: 'such a Secret of git', values: { gitSync: { secretName: 'git/keys' } } },
    { reason: 'such a Secret of the registry', values: { pullSecrets: ['my keys'] } },
    { reason: 'such a ServiceAccount', values: { serviceAccount: { name: 'Cvmsg' } } },
    { reason: 'such a priority class', values: { priorityClassName: 'very high' } },
    { reason: 'a ref that git has not', values: { gitSync: { ref: 'main # the branch' } } },
    { reason: 'a folder outside of the repository', values: { gitSync: { folder: 'shop/../..' } } },
    { reason: 'a namespace of metrics that is none', values: { networkPolicy: { metricsNamespace: 'Mon' } } },
    { reason: 'an address without its length', values: { networkPolicy: { egressCidrs: ['192.0.2.1'] } } },
    { reason: 'an address that is none', values: { networkPolicy: { egressCidrs: ['192.0.2.300/32'] } } },
    { reason: 'an audience of two words', values: { podIdentity: { audience: 'a: b' } } },
  ])('refuses $reason', async ({ values }) => {
    await expect(templated(values)).rejects.toThrow(/values don't meet the specifications/);
  });

  it.each([
    {
      values: { env: { CVMSG_RUN_LEASE_NAMESPACE: 'default' } },
      says: 'env.CVMSG_RUN_LEASE_NAMESPACE: the chart sets this itself: the namespace of the release; remove it',
    },
    {
      values: { env: { CVMSG_RUN_NAMESPACE: 'shop' } },
      says: 'env.CVMSG_RUN_NAMESPACE: the chart sets this itself: use watch.namespaces; remove it',
    },
    {
      values: { env: { CVMSG_POLICY: '/policy.yaml' } },
      says: 'env.CVMSG_POLICY: the chart sets this itself: use policy; remove it',
    },
    {
      values: { env: { CVMSG_CONFIG: '/config.yaml' } },
      says: 'env.CVMSG_CONFIG: there is no such file in the pod: write the flags as variables of env; remove it',
    },
    {
      values: { env: { TENCENTCLOUD_SECRET_KEY: 'AKIDEXAMPLE' } },
      says: 'env.TENCENTCLOUD_SECRET_KEY: keys would stand in clear text in the Deployment: put them into the Secret of credentials.secretName; remove it',
    },
    {
      values: { env: { TENCENTCLOUD_TOKEN: 'AKIDEXAMPLE' } },
      says: 'env.TENCENTCLOUD_TOKEN: keys would stand in clear text',
    },
    {
      values: { gitSync: { enabled: true, repository: 'https://me:AKIDEXAMPLE@git.example.com/x.git' } },
      says: 'gitSync.repository: a password would stand in clear text in the Deployment: put it into the Secret of gitSync.secretName, as GITSYNC_USERNAME and GITSYNC_PASSWORD',
    },
    {
      values: { podLabels: { 'app.kubernetes.io/name': 'shop' } },
      says: 'podLabels: app.kubernetes.io/name is a label by which the Deployment finds its pods; remove it',
    },
    {
      values: { podAnnotations: { 'checksum/policy': 'none' } },
      says: 'podAnnotations: checksum/policy is set by the chart; remove it',
    },
    {
      values: { gitSync: { enabled: true }, watch: { namespaces: ['shop'] } },
      says: 'watch.namespaces: with gitSync no objects of the cluster are followed, but all of the repository; remove it, or narrow gitSync.folder',
    },
    {
      values: { gitSync: { enabled: true }, watch: { selector: 'team=shop' } },
      says: 'watch.selector: with gitSync no objects of the cluster are followed, but all of the repository; remove it, or narrow gitSync.folder',
    },
  ])('refuses with a sentence what would not mean what it says: $says', async ({ values, says }) => {
    const refusal = await templated(values).then(
      () => 'it was taken',
      (error: Error) => error.message,
    );
    expect(refusal).toContain(says);
    expect(refusal).not.toContain('AKIDEXAMPLE');
  });

  it('writes names and texts so that YAML reads back what was given', async () => {
    const ref = 'release/1.0';
    const deployment = (
      await templated({
        gitSync: { enabled: true, ref, folder: 'shop: web #1', secretName: '1e3' },
        credentials: { secretName: '123' },
        pullSecrets: ['0x1'],
        serviceAccount: { name: 'true' },
        priorityClassName: '1.5',
      })
    ).find(({ kind }) => kind === 'Deployment');
    expect(deployment).toMatchObject({
      spec: {
        template: {
          spec: {
            serviceAccountName: 'true',
            imagePullSecrets: [{ name: '0x1' }],
            priorityClassName: '1.5',
            containers: [
              {
                args: expect.arrayContaining(['--source=/git/current/shop: web #1']),
                envFrom: [{ secretRef: { name: '123' } }],
              },
              { args: expect.arrayContaining([`--ref=${ref}`]), envFrom: [{ secretRef: { name: '1e3' } }] },
            ],
          },
        },
      },
    });
  });

  it('keeps a selector and the names of namespaces as they were given', async () => {
    const objects = await templated({ watch: { namespaces: ['123'], selector: 'team in (a, b),!old' } });
    const text = JSON.stringify(objects);
    expect(text).toContain('"--selector=team in (a, b),!old"');
    expect(objects.filter(({ metadata }) => metadata.namespace === '123')).toHaveLength(1);
  });

  it('says in its schema what every value is for', () => {
    const schema: Schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8'));
    expect(undescribed(schema, '')).toEqual([]);
  });

  it('tells after the install how to begin without touching anything', async () => {
    const args = ['install', 'cvmsg', CHART, '-n', NAMESPACE, '--dry-run=client'];
    expect(await helm(args)).toContain('mode: Observe');
    expect(await helm(args)).toContain('Credentials: the Secret cvmsg-credentials of cvmsg-system');
    const withoutSecret = await helm(args, { credentials: { secretName: '' } });
    expect(withoutSecret).toContain("Credentials: the CVM's role.");
    expect(withoutSecret).not.toContain('the Secret');
  });
});

/** Each tool has its own way to start pods anew with another text: a name that changes, or an annotation. */
function withoutPolicyMarks(objects: readonly RenderedObject[]): Readonly<Record<string, unknown>> {
  const text = JSON.stringify(objects).replaceAll(/cvmsg-policy-[a-z0-9]{10}/g, 'cvmsg-policy');
  const plain: unknown = JSON.parse(text, (name, value) => (name === 'checksum/policy' ? undefined : value));
  return comparable(plain as RenderedObject[]);
}

const POLICY_MAP = 'ConfigMap cvmsg-system/cvmsg-policy';
const CRD = 'CustomResourceDefinition /cvmsecuritygroupbindings.cvmsg.dev';

interface Schema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
}

function undescribed(schema: Schema, path: string): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, child]) => [
    ...(child.description === undefined ? [`${path}${name}`] : []),
    ...undescribed(child, `${path}${name}.`),
  ]);
}
