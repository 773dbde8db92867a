import { describe, expect, it } from 'vitest';
import { A, REGION, Workspace } from './workspace.ts';

/** A binding whose selector nobody fits. */
async function open(): Promise<Workspace> {
  const workspace = await Workspace.open([[A]]);
  workspace.write(
    'web.yaml',
    `apiVersion: cvmsg.dev/v1alpha1
kind: CvmSecurityGroupBinding
metadata: {name: web, namespace: shop}
spec:
  region: ${REGION}
  instanceSelector: {tags: {app: wbe}}
  sgIds: [${A}]
`,
  );
  return workspace;
}

const SENTENCE = 'its selector fits no instance; nothing is done for it until one fits';

describe.concurrent('a selector that fits no instance', () => {
  it('is told in a plan, in each of its forms, which has nothing to change', async () => {
    await using workspace = await open();
    const plan = (form: string) => workspace.run(['plan', workspace.bindings, '-o', form]);
    const text = await plan('text');
    expect(text.stdout).toContain(`! shop/web: ${SENTENCE}\n`);
    expect(text.code).toBe(0);
    expect((await plan('markdown')).stdout).toContain(`- \`shop/web\`: ${SENTENCE}\n`);
    expect(JSON.parse((await plan('json')).stdout)).toMatchObject({ fitNone: ['shop/web'], rows: [] });
  });

  it('is told by apply before it ends', async () => {
    await using workspace = await open();
    const { code, stdout } = await workspace.run(['apply', workspace.bindings, '--yes']);
    expect(stdout).toContain(`! shop/web: ${SENTENCE}\n`);
    expect(code).toBe(0);
  });
});

describe.concurrent('a selector whose instances cannot be listed', () => {
  it('is told in the Markdown of a plan too, which is incomplete', async () => {
    await using workspace = await open();
    workspace.simulator.faults.add({
      kind: 'error',
      code: 'UnauthorizedOperation',
      action: 'DescribeInstances',
    });
    const { code, stdout } = await workspace.run(['plan', workspace.bindings, '-o', 'markdown']);
    expect(stdout).toContain('### cvmsg plan: incomplete');
    expect(stdout).toMatch(
      /- `shop\/web`: the instances that the selector fits cannot be listed: Unauthorized/,
    );
    expect(code).toBe(1);
  });
});

describe.concurrent('a selector that the policy refuses', () => {
  it('is what apply says was refused, and nothing is written', async () => {
    await using workspace = await open();
    const tenants = 'tenants: [{name: data, paths: [data/]}]';
    workspace.write('../policy.yaml', `apiVersion: cvmsg.dev/v1alpha1\nkind: CvmsgPolicy\n${tenants}\n`);
    const policy = `${workspace.bindings}/../policy.yaml`;
    const { code, stdout, stderr } = await workspace.run([
      'apply',
      workspace.bindings,
      '--yes',
      '--policy',
      policy,
    ]);
    expect(stdout).toContain('is of no tenant of the policy (tried "data")');
    expect(stderr).toContain('a guard refused 1 selector; nothing was written');
    expect(code).toBe(3);
  });
});
