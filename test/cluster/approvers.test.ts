/** Who may approve on a real API server with the shipped admission policies, and what the history says of it. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { until } from '../cli/until.ts';
import { MANIFESTS } from '../packaging/rendered.ts';
import { type Cluster, describeCluster } from './cluster.ts';

const execute = promisify(execFile);
const GROUP = 'system:serviceaccounts:ops';
const ALICE = 'system:serviceaccount:ops:alice';
const AT = () => new Date(systemClock.wall()).toISOString();

describeCluster('a cluster with the admission policies', { instances: 12 }, (cluster) => {
  let stateDir = '';
  let policy = '';
  /** Kubeconfigs of two who may edit bindings; only alice is in the group. */
  let alice = '';
  let mallory = '';

  beforeAll(async () => {
    const { plane } = cluster();
    const component = join(MANIFESTS, 'components/admission/admission.yaml');
    plane.kubectl(['apply', '-f', component]);
    const data = JSON.stringify({ data: { approvers: GROUP } });
    plane.kubectl(['patch', 'configmap', 'cvmsg-trusted', '-n', 'cvmsg-system', '--type=merge', '-p', data]);
    for (const namespace of ['ops', 'dev']) plane.kubectl(['create', 'namespace', namespace]);
    const user = (namespace: string, name: string) => {
      plane.kubectl(['create', 'serviceaccount', name, '-n', namespace]);
      const account = `--serviceaccount=${namespace}:${name}`;
      plane.kubectl(['create', 'clusterrolebinding', name, '--clusterrole=cluster-admin', account]);
      const token = plane.kubectl(['create', 'token', name, '-n', namespace]).trim();
      return plane.kubeconfigFor(name, { credentials: { token }, namespace: 'default' });
    };
    alice = user('ops', 'alice');
    mallory = user('dev', 'mallory');
    stateDir = join(plane.folder, 'state');
    policy = join(plane.folder, 'policy.yaml');
    writeFileSync(
      policy,
      [
        'apiVersion: cvmsg.dev/v1alpha1',
        'kind: CvmsgPolicy',
        'blastRadius: { share: 0%, count: 2, period: 10m }',
        'approvals: { verified: true }',
        'tenants: [{ name: all, namespaces: ["*"], groups: GROUPS }]',
        '',
      ]
        .join('\n')
        .replace('GROUPS', JSON.stringify(cluster().cloud.groups.slice(0, 5))),
    );
  });

  const as = (kubeconfig: string, ...args: string[]) =>
    // The later flag wins.
    cluster().kubectl(...args, '--kubeconfig', kubeconfig);
  const annotate = (kubeconfig: string, name: string, text: string) =>
    as(kubeconfig, 'annotate', 'csgb', name, text, '--overwrite');
  const cvmsg = (...args: string[]) => execute(process.execPath, ['src/main.ts', ...args]);
  const groups = (c: Cluster, ...indexes: number[]) =>
    indexes.map((index) => c.cloud.groups[index] as string);
  const waiting = (c: Cluster, name: string) =>
    until('a plan that waits', async () => {
      const { status } = await c.binding(name);
      return status?.pendingPlans?.find(({ reason }) => reason === 'BlastRadius')?.digest;
    });
  const digest = `sha256:${'a'.repeat(64)}`;

  it('lets a member of the group approve under the own name, which the history then vouches for', async () => {
    const c = cluster();
    c.operator({ args: ['--policy', policy, '--interval', '1s', '--state-dir', stateDir] });
    await c.apply('web', { instanceIds: c.cloud.instances.slice(0, 4), sgIds: groups(c, 4, 3) });
    const plan = await waiting(c, 'web');
    // A policy is in force after a moment.
    await until('the admission policy', () =>
      annotate(mallory, 'web', `cvmsg.dev/approved-plan=${plan} by ${ALICE} at ${AT()}`).then(
        () => annotate(alice, 'web', 'cvmsg.dev/approved-plan-').then(() => false),
        () => true,
      ),
    );
    await expect(cvmsg('approve', plan, '--kubeconfig', mallory)).rejects.toThrow(
      /only members of the group/,
    );
    const { stdout } = await cvmsg(
      'approve',
      plan,
      '--kubeconfig',
      alice,
      '--reason',
      'seen with "data" team',
    );
    expect(stdout).toContain('default/web: approved');
    await c.ready('web');
    const history = await cvmsg('history', '--state-dir', stateDir, '-o', 'wide');
    expect(history.stdout).toMatch(
      new RegExp(`approved by ${ALICE} at \\S+, plan ${plan}, because "seen with \\\\"data\\\\" team"`),
    );
  });

  it.each([
    { reason: 'in the name of somebody else', by: 'ciso@bank.example' },
    { reason: 'in a name that only begins with the own one', by: `${ALICE} at noon` },
    { reason: 'in no name', by: '' },
  ])('refuses an approval of a member $reason', async ({ by }) => {
    const text = `${digest}${by === '' ? '' : ` by ${by}`} at ${AT()}`;
    await expect(annotate(alice, 'web', `cvmsg.dev/approved-plan=${text}`)).rejects.toThrow(
      /an approval names who gives it/,
    );
  });

  it('refuses an approval in the request that makes the change, and on a new object', async () => {
    const c = cluster();
    const annotations = { 'cvmsg.dev/approved-plan': `${digest} by ${ALICE} at ${AT()}` };
    const change = { metadata: { annotations }, spec: { sgIds: groups(c, 3, 4) } };
    const patch = ['patch', 'csgb', 'web', '--type=merge', '-p', JSON.stringify(change)];
    await expect(as(alice, ...patch)).rejects.toThrow(/change the object first/);
    const file = join(c.plane.folder, 'new.json');
    writeFileSync(
      file,
      JSON.stringify({
        apiVersion: 'cvmsg.dev/v1alpha1',
        kind: 'CvmSecurityGroupBinding',
        metadata: { name: 'new', namespace: 'default', annotations },
        spec: { region: 'ap-guangzhou', instanceIds: ['ins-0000aaaa'], sgIds: groups(c, 0) },
      }),
    );
    await expect(as(alice, 'create', '-f', file)).rejects.toThrow(/change the object first/);
  });

  it('lets everybody else edit an object that was approved, and take the approval away', async () => {
    await as(mallory, 'label', 'csgb', 'web', 'team=shop');
    await as(mallory, 'patch', 'csgb', 'web', '--type=merge', '-p', '{"spec":{"interval":"30s"}}');
    await annotate(mallory, 'web', 'cvmsg.dev/approved-plan-');
  });

  it('lets only members declare an emergency', async () => {
    const emergency = `cvmsg.dev/emergency=${new Date(systemClock.wall() + 3_600_000).toISOString()} it burns`;
    await expect(annotate(mallory, 'web', emergency)).rejects.toThrow(/only members of the group/);
    await annotate(alice, 'web', emergency);
    await annotate(mallory, 'web', 'cvmsg.dev/emergency-');
  });

  it('lets nobody but the controller write a status', async () => {
    const forged = JSON.stringify({ status: { instanceCount: 77 } });
    const patch = ['patch', 'csgb', 'web', '--subresource=status', '--type=merge', '-p', forged];
    await expect(as(alice, ...patch)).rejects.toThrow(/only the controller .* writes the status/);
    await expect(cluster().kubectl(...patch)).rejects.toThrow(/only the controller .* writes the status/);
  });
});
