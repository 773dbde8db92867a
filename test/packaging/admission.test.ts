/** What a real API server says of the manifests. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { systemClock } from '../../src/runtime/clock.ts';
import { controlPlaneIsAvailable, WHY_NONE } from '../cluster/control-plane/binaries.ts';
import { helmBinary, helmIsAvailable, WHY_NO_HELM } from '../cluster/control-plane/helm.ts';
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts';
import {
  kustomized,
  kustomizedWith,
  MANIFESTS,
  NAMESPACE,
  type RenderedObject,
  templated,
} from './rendered.ts';

const OVERLAYS = ['cluster-wide', 'namespaced', 'git-sync', 'tke-pod-identity'];
const available = controlPlaneIsAvailable();
const skipped = available ? '' : ` (skipped: ${WHY_NONE})`;

interface PodSpec {
  readonly [field: string]: unknown;
  readonly securityContext: object;
  readonly containers: readonly { readonly [field: string]: unknown; readonly securityContext: object }[];
}

describe.skipIf(!available)(`a real API server${skipped}`, () => {
  let plane: ControlPlane;

  beforeAll(async () => {
    plane = await startControlPlane();
    if (helmIsAvailable()) await helmBinary();
    const crd = join(MANIFESTS, 'crd/cvmsecuritygroupbindings.yaml');
    plane.kubectl(['apply', '--server-side', '-f', crd, '-f', join(MANIFESTS, 'base/namespace.yaml')]);
    for (const namespace of ['shop', 'platform', 'other']) plane.kubectl(['create', 'namespace', namespace]);
    plane.kubectl(['wait', '--for=condition=Established', CRD, '--timeout=30s']);
  }, 900_000);
  afterAll(() => plane?.stop());

  const accepts = (objects: readonly object[]) =>
    plane.kubectl(
      ['apply', '--server-side', '--dry-run=server', '--validate=strict', '-f', '-'],
      objects.map((object) => stringify(object)).join('---\n'),
    );

  describe('accepts', () => {
    it.each(OVERLAYS)('the overlay %s', async (overlay) => {
      const objects = await kustomized(`overlays/${overlay}`);
      expect(accepts(objects).trim().split('\n')).toHaveLength(objects.length);
    });

    it.skipIf(!helmIsAvailable()).each([
      { name: 'defaults', values: {} },
      { name: 'git-sync', values: { gitSync: { enabled: true }, env: { CVMSG_INTERVAL: '30s' } } },
      {
        name: 'everything that the server knows',
        values: {
          replicas: 3,
          watch: { namespaces: ['shop', 'platform'], selector: 'team=shop' },
          image: { digest: `sha256:${'0'.repeat(64)}`, pullPolicy: 'IfNotPresent' },
          pullSecrets: ['registry'],
          podIdentity: {
            enabled: true,
            region: 'gz',
            providerId: 'p',
            roleArn: 'qcs::cam::uin/1:roleName/r',
          },
          serviceAccount: { name: 'other', annotations: { a: 'b' } },
          podLabels: { team: 'platform' },
          podAnnotations: { a: 'b' },
          nodeSelector: { a: 'b' },
          tolerations: [{ key: 'a', operator: 'Exists' }],
          affinity: { nodeAffinity: {} },
          priorityClassName: 'system-cluster-critical',
          monitoring: { dashboard: { enabled: true } },
          admission: { enabled: true, approvers: 'ops', controllers: ['system:serviceaccount:b:c'] },
        },
      },
    ])(
      `the Helm chart with $name${helmIsAvailable() ? '' : ` (skipped: ${WHY_NO_HELM})`}`,
      async ({ values }) => {
        const objects = await templated(values);
        expect(accepts(objects).trim().split('\n')).toHaveLength(objects.length);
      },
    );

    it('the component with the admission policies', async () => {
      const objects = await kustomizedWith('cluster-wide', 'components/admission');
      expect(accepts(objects).trim().split('\n')).toHaveLength(objects.length);
    });

    it.each(['binding.yaml', 'credentials-role.yaml', 'admission-policy.yaml'])('the sample %s', (file) => {
      const path = join(MANIFESTS, 'samples', file);
      const args = ['apply', '--server-side', '--dry-run=server', '--validate=strict'];
      expect(plane.kubectl([...args, '-f', path])).not.toBe('');
    });

    it('no field that is none', async () => {
      const [deployment] = (await kustomized('base')).filter(({ kind }) => kind === 'Deployment');
      const planted = { ...deployment, spec: { ...(deployment?.spec as object), replica: 2 } };
      expect(() => accepts([planted])).toThrow(/unknown field|field not declared/);
    });
  });

  describe('in a namespace that enforces `restricted`', () => {
    const template = async (overlay: string): Promise<PodSpec> => {
      const [deployment] = (await kustomized(overlay)).filter(({ kind }) => kind === 'Deployment');
      const spec = deployment?.spec as { template: { spec: PodSpec } } | undefined;
      if (spec === undefined) throw new Error(`"${overlay}" has no Deployment`);
      return spec.template.spec;
    };
    const pod = (spec: PodSpec): RenderedObject => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'cvmsg', namespace: NAMESPACE },
      spec,
    });
    const withContainer = (spec: PodSpec, securityContext: object): PodSpec => ({
      ...spec,
      containers: spec.containers.map((one) => ({ ...one, securityContext })),
    });

    it.each(OVERLAYS)('admits the pods of the overlay %s', async (overlay) => {
      expect(accepts([pod(await template(`overlays/${overlay}`))])).toContain('pod/cvmsg');
    });

    it.each<{ reason: string; change: (spec: PodSpec) => PodSpec }>([
      { reason: 'root', change: (spec) => ({ ...spec, securityContext: {} }) },
      {
        reason: 'kept capabilities',
        change: (spec) => withContainer(spec, { allowPrivilegeEscalation: false }),
      },
      {
        reason: 'more rights than its parent',
        change: (spec) => withContainer(spec, { capabilities: { drop: ['ALL'] } }),
      },
      { reason: 'the network of the node', change: (spec) => ({ ...spec, hostNetwork: true }) },
      {
        reason: 'files of the node',
        change: (spec) => ({ ...spec, volumes: [{ name: 'host', hostPath: { path: '/' } }] }),
      },
    ])('refuses the same pod with $reason', async ({ change }) => {
      const planted = change(await template('overlays/cluster-wide'));
      expect(() => accepts([pod(planted)])).toThrow(/violates PodSecurity "restricted/);
    });
  });

  describe('with the sample policy', () => {
    const sample = parse(readFileSync(join(MANIFESTS, 'samples/binding.yaml'), 'utf8'));
    const binding = (namespace: string, spec: object = {}) => ({
      ...sample,
      metadata: { name: 'web', namespace },
      spec: { ...sample.spec, ...spec },
    });

    const selecting = (namespace: string) =>
      binding(namespace, { instanceIds: undefined, instanceSelector: { tags: { app: 'web' } } });

    beforeAll(async () => {
      const there = { ...selecting('other'), metadata: { name: 'there', namespace: 'other' } };
      plane.kubectl(['apply', '-f', '-'], JSON.stringify(there));
      plane.kubectl(['apply', '-f', join(MANIFESTS, 'samples/admission-policy.yaml')]);
      await untilRefused(() => accepts([binding('other')]));
    });

    it.each([
      { reason: 'what its namespace may', document: binding('shop') },
      { reason: 'one of the instances', document: binding('shop', { instanceIds: ['ins-0a1b2c3d'] }) },
      { reason: 'anything where all is allowed', document: binding('platform', { sgIds: ['sg-anything1'] }) },
      { reason: 'instances by their tags where all is allowed', document: selecting('platform') },
    ])('admits a binding that names $reason', ({ document }) => {
      expect(accepts([document])).toContain('web');
    });

    it('lets a binding be suspended that was there before it', () => {
      const patch = '{"spec":{"suspend":true}}';
      const args = ['patch', 'csgb', 'there', '-n', 'other', '--type=merge', '-p', patch, '--dry-run=server'];
      expect(plane.kubectl(args)).toContain('patched');
    });

    it.each([
      {
        reason: 'instances by their tags',
        document: selecting('shop'),
        says: 'namespace shop may name single instances only, not select them;',
      },
      {
        reason: 'an instance of others',
        document: binding('shop', { instanceIds: ['ins-4q118hl2', 'ins-foreign1'] }),
        says: 'namespace shop may not name the instances ins-foreign1;',
      },
      {
        reason: 'a group of others',
        document: binding('shop', { sgIds: ['sg-1sdj39df', 'sg-foreign1'] }),
        says: 'namespace shop may not name the groups sg-foreign1;',
      },
      {
        reason: 'anything from a namespace that is not listed',
        document: binding('other'),
        says: 'namespace other may not name the instances ins-4q118hl2 ins-0a1b2c3d;',
      },
    ])('refuses a binding that names $reason, and says which', ({ document, says }) => {
      expect(() => accepts([document])).toThrow(says);
    });

    it('lets an older binding be labelled, suspended and let go of, but name nothing new', async () => {
      plane.kubectl(['apply', '-f', '-'], stringify(binding('shop')));
      const narrowed = JSON.stringify({ data: { 'shop.instances': '', 'shop.groups': '' } });
      plane.kubectl(['patch', 'configmap', 'cvmsg-allowed', '-n', NAMESPACE, '--type=merge', '-p', narrowed]);
      const patch = (change: object, ...args: string[]) =>
        plane.kubectl([
          'patch',
          'csgb',
          'web',
          '-n',
          'shop',
          '--type=merge',
          '-p',
          JSON.stringify(change),
          ...args,
        ]);
      const reversed = { spec: { sgIds: [...sample.spec.sgIds].reverse() } };
      await untilRefused(() => patch(reversed, '--dry-run=server'));
      expect(patch({ spec: { suspend: true } })).toContain('web');
      expect(patch({ metadata: { labels: { team: 'shop' }, finalizers: [] } })).toContain('web');
    });
  });
});

const CRD = 'crd/cvmsecuritygroupbindings.cvmsg.dev';

/** A new policy is in force after a moment. */
async function untilRefused(attempt: () => unknown): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    try {
      attempt();
    } catch (error) {
      expect(String(error)).toContain('may not name');
      return;
    }
    await systemClock.sleep(100);
  }
  throw new Error('the policy did not come into force');
}
