/** The built controller with the rights of the overlay `namespaced`, on a real API server. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { controlPlaneIsAvailable, WHY_NONE } from '../cluster/control-plane/binaries.ts';
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts';
import { buildProgram, type Operator, removeProgram, startOperator } from '../cluster/operator.ts';
import { type SimulatedCloud, startCloud } from '../cluster/simulated-cloud.ts';
import { kustomized, MANIFESTS, NAMESPACE } from './rendered.ts';

const available = controlPlaneIsAvailable();

describe.skipIf(!available)(`the overlay namespaced${available ? '' : ` (skipped: ${WHY_NONE})`}`, () => {
  let plane: ControlPlane;
  let cloud: SimulatedCloud;
  let bin = '';
  let operator: Operator;

  beforeAll(async () => {
    plane = await startControlPlane();
    cloud = await startCloud({ instances: 2 });
    bin = buildProgram();
    plane.kubectl(['apply', '--server-side', '-f', join(MANIFESTS, 'crd/cvmsecuritygroupbindings.yaml')]);
    plane.kubectl([
      'wait',
      '--for=condition=Established',
      'crd/cvmsecuritygroupbindings.cvmsg.dev',
      '--timeout=30s',
    ]);
    for (const namespace of ['shop', 'other']) plane.kubectl(['create', 'namespace', namespace]);
    const objects = await kustomized('overlays/namespaced');
    const text = objects.map((object) => stringify(object)).join('---\n');
    plane.kubectl(['apply', '--server-side', '-f', '-'], text);
    const [deployment] = objects.filter(({ kind }) => kind === 'Deployment');
    operator = startOperator(plane, { bin, endpoint: cloud.url, key: cloud.key, args: ownArgs(deployment) });
  }, 900_000);
  afterAll(async () => {
    await operator?.stop('SIGKILL');
    await cloud?.[Symbol.asyncDispose]();
    await plane?.stop();
    if (bin !== '') removeProgram(bin);
  });

  const apply = (namespace: string, instance: string | undefined, sgIds: readonly string[]) =>
    plane.kubectl(
      ['apply', '-f', '-'],
      stringify({
        apiVersion: 'cvmsg.dev/v1alpha1',
        kind: 'CvmSecurityGroupBinding',
        metadata: { name: 'web', namespace },
        spec: { region: 'ap-guangzhou', instanceIds: [instance], sgIds, deletionPolicy: 'Restore' },
      }),
    );

  it('gives the rights that its namespace needs, and leaves others alone', async () => {
    const [mine = '', foreign = ''] = cloud.instances;
    const untouched = cloud.list(foreign);
    const sgIds = differing(cloud, mine);
    apply('other', foreign, differing(cloud, foreign));
    apply('shop', mine, sgIds);
    await plane.kubectlAsync(['wait', '--for=condition=Ready', 'csgb/web', '-n', 'shop', '--timeout=30s']);
    expect(cloud.list(mine)).toBe(sgIds.join(' '));
    expect(cloud.list(foreign)).toBe(untouched);
    expect(operator.log()).not.toMatch(/is forbidden|forbidden: /);
  });

  it('takes no rights by what it may do with its RoleBinding', () => {
    const greedy = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'cvmsg-bindings', namespace: 'shop' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'admin' },
    };
    const args = ['apply', '--server-side', '--force-conflicts', '-f', '-'];
    const account = `--as=system:serviceaccount:${NAMESPACE}:cvmsg`;
    expect(() => plane.kubectl([...args, account], stringify(greedy))).toThrow(
      /cannot change roleRef|attempting to grant RBAC permissions not currently held/,
    );
  });

  it.each([
    { reason: 'bindings of its namespace', args: ['list', 'csgb', '-n', 'shop'], allowed: 'yes' },
    { reason: 'bindings of another', args: ['list', 'csgb', '-n', 'other'], allowed: 'no' },
    { reason: 'bindings of all', args: ['list', 'csgb', '--all-namespaces'], allowed: 'no' },
    { reason: 'what a user declared', args: ['delete', 'csgb', '-n', 'shop'], allowed: 'no' },
    { reason: 'Secrets of its namespace', args: ['get', 'secrets', '-n', 'shop'], allowed: 'no' },
    { reason: 'its own Secrets', args: ['get', 'secrets', '-n', NAMESPACE], allowed: 'no' },
    {
      reason: 'its RoleBinding',
      args: ['patch', 'rolebinding/cvmsg-bindings', '-n', 'shop'],
      allowed: 'yes',
    },
    { reason: 'another RoleBinding', args: ['patch', 'rolebinding/admins', '-n', 'shop'], allowed: 'no' },
    {
      reason: 'its RoleBinding elsewhere',
      args: ['patch', 'rolebinding/cvmsg-bindings', '-n', 'other'],
      allowed: 'no',
    },
    { reason: 'leases of its own namespace', args: ['update', 'leases', '-n', NAMESPACE], allowed: 'yes' },
    { reason: 'leases that nobody needs', args: ['delete', 'leases', '-n', NAMESPACE], allowed: 'yes' },
    { reason: 'leases of another', args: ['update', 'leases', '-n', 'shop'], allowed: 'no' },
  ])('answers $allowed when the controller asks for $reason', ({ args, allowed }) => {
    const account = `--as=system:serviceaccount:${NAMESPACE}:cvmsg`;
    expect(canI(plane, [...args, account])).toBe(allowed);
  });

  it('has the rules of the ClusterRole, and one that holds the RoleBinding', async () => {
    const rules = async (folder: string) =>
      (await kustomized(folder)).find(({ kind }) => kind === 'ClusterRole')?.rules as readonly object[];
    const mine = await rules('overlays/namespaced');
    expect(mine.slice(0, -1)).toEqual(await rules('base'));
    expect(mine.at(-1)).toMatchObject({ resources: ['rolebindings'], resourceNames: ['cvmsg-bindings'] });
  });
});

/** Two groups that the instance does not begin with. */
function differing(cloud: SimulatedCloud, instance: string): readonly string[] {
  const [first] = cloud.list(instance).split(' ');
  return cloud.groups.filter((id) => id !== first).slice(0, 2);
}

/** The flags that the overlay adds to those of every test. */
function ownArgs(deployment: object | undefined): readonly string[] {
  const { spec } = deployment as {
    spec: { template: { spec: { containers: readonly { args: readonly string[] }[] } } };
  };
  const args = spec.template.spec.containers[0]?.args ?? [];
  return args.filter((arg) => /^--(?:namespace|role-binding)=/.test(arg));
}

/** `kubectl auth can-i` says no by its exit code, too. */
function canI(plane: ControlPlane, args: readonly string[]): string {
  try {
    return plane.kubectl(['auth', 'can-i', ...args]).trim();
  } catch (error) {
    return (error as { stdout: string }).stdout.trim();
  }
}
