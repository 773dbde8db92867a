import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { until } from './until.ts';
import { A, B, bindingText, C, instanceId, Workspace } from './workspace.ts';

const FLEET = Array.from({ length: 8 }, () => [B, A]);
const all = Array.from({ length: 8 }, (_, index) => instanceId(index));
const SMALL = 'blastRadius: { share: 10%, count: 3, period: 10m }';

async function flooded(): Promise<{ workspace: Workspace; policy: string[] }> {
  const workspace = await Workspace.open(FLEET);
  workspace.write('web.yaml', bindingText({ instances: all, groups: [A, B] }));
  return { workspace, policy: ['--policy', workspace.policy(SMALL)] };
}

const plan = (workspace: Workspace, ...more: readonly string[]) =>
  workspace.run(['plan', workspace.bindings, '-o', 'json', ...more]);
const apply = (workspace: Workspace, ...more: readonly string[]) =>
  workspace.run(['apply', workspace.bindings, ...more]);

describe('a plan that changes too many instances at once', () => {
  it('is refused by apply, which names the digest that would let it pass', async () => {
    const { workspace, policy } = await flooded();
    await using _ = workspace;
    const { code, stderr } = await apply(workspace, '--yes', ...policy);
    expect(stderr).toContain('a guard refused 8 instances; nothing was written');
    const { digest } = JSON.parse((await plan(workspace, ...policy)).stdout);
    expect(stderr).toContain(`--plan ${digest}`);
    expect([code, workspace.list(0)]).toEqual([3, [B, A]]);
  });

  it('is done by apply with its digest, without a question, and the journal tells who said so', async () => {
    const { workspace, policy } = await flooded();
    await using _ = workspace;
    const { digest } = JSON.parse((await plan(workspace, ...policy)).stdout);
    const { code } = await apply(workspace, '--plan', digest, ...policy);
    expect([code, workspace.list(0), workspace.list(7)]).toEqual([0, [A, B], [A, B]]);
    expect(workspace.journal()[0]?.authority).toMatch(new RegExp(`^approved ${digest} by \\S+@\\S+ at 20`));
  });

  it('is hinted at by commands that work as they are printed, with the flags that were given', async () => {
    const { workspace, policy } = await flooded();
    await using _ = workspace;
    const { stdout } = await workspace.run(['plan', workspace.bindings, ...policy]);
    const { digest } = JSON.parse((await plan(workspace, ...policy)).stdout);
    const [, approve = ''] = /`cvmsg (approve [^`]+)`/.exec(stdout) ?? [];
    expect(approve).toBe(`approve ${digest} --source ${workspace.bindings}`);
    const [, printed = ''] = /`cvmsg (apply [^`]+)`/.exec(stdout) ?? [];
    expect(printed).toContain(`--policy ${policy[1]} --plan ${digest.slice(0, 19)}`);
    expect((await workspace.run(approve.split(' '))).stdout).toContain('wrote ');
    rmSync(join(workspace.bindings, 'approvals'), { recursive: true });
    expect((await workspace.run(printed.split(' '))).code).toBe(0);
    expect(workspace.list(7)).toEqual([A, B]);
  });

  it('is not done by the start of another digest, nor by a few digits', async () => {
    const { workspace, policy } = await flooded();
    await using _ = workspace;
    const other = await apply(workspace, '--plan', 'sha256:0123456789ab', ...policy);
    expect(other.stderr).toContain('is not what sha256:0123456789ab was made of');
    const { digest } = JSON.parse((await plan(workspace, ...policy)).stdout);
    const few = await apply(workspace, '--plan', digest.slice(0, 11), ...policy);
    expect(few.stderr).toContain('the first 7 or more of them');
    expect([other.code, few.code, workspace.list(0)]).toEqual([3, 1, [B, A]]);
  });

  it('is refused with the digest of the plan from before somebody changed an instance', async () => {
    const { workspace, policy } = await flooded();
    await using _ = workspace;
    const { digest } = JSON.parse((await plan(workspace, ...policy)).stdout);
    workspace.simulator.state.setList(instanceId(4), [C]);
    const { code, stderr } = await apply(workspace, '--plan', digest, ...policy);
    expect(stderr).toContain('look at it again. Nothing was written');
    expect([code, workspace.list(0)]).toEqual([3, [B, A]]);
  });

  it('is explained once, however many changes it has', async () => {
    const { workspace, policy } = await flooded();
    await using _ = workspace;
    workspace.simulator.state.setList(instanceId(4), [C]);
    const { stdout } = await workspace.run(['plan', workspace.bindings, ...policy]);
    expect(stdout.match(/8 of 8 instances in ap-guangzhou would change at once/g)).toHaveLength(1);
    expect(stdout.match(/refused: too many would change at once, see below/g)).toHaveLength(2);
  });

  it('has the same digest each time that it is made', async () => {
    const { workspace, policy } = await flooded();
    await using _ = workspace;
    const digests = [await plan(workspace, ...policy), await plan(workspace, ...policy)].map(
      ({ stdout }) => JSON.parse(stdout).digest,
    );
    expect(digests[0]).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(digests[1]).toBe(digests[0]);
  });

  it('names what is wrong with a digest that no plan can have', async () => {
    const { workspace } = await flooded();
    await using _ = workspace;
    const { code, stderr } = await apply(workspace, '--plan', 'abc');
    expect(stderr).toContain('--plan: Expected the digest of a plan');
    expect(code).toBe(1);
  });
});

describe('an approval that stands in the directory', () => {
  it.each([
    { laterRevision: true, code: 3, list: [B, A] },
    { laterRevision: false, code: 0, list: [A, B] },
  ])(
    'passes something in apply only where it need not come later than the change: $laterRevision',
    async ({ laterRevision, code, list }) => {
      const { workspace } = await flooded();
      await using _ = workspace;
      const rules = `${SMALL}\napprovals: { annotations: true, laterRevision: ${laterRevision} }`;
      const policy = ['--policy', workspace.policy(rules)];
      const { digest } = JSON.parse((await plan(workspace, ...policy)).stdout);
      const text = bindingText({ instances: all, groups: [A, B] });
      const approved = `cvmsg.dev/approved-plan: "${digest} by alice at ${new Date().toISOString()}"`;
      workspace.write(
        'web.yaml',
        text.replace('namespace: shop', `namespace: shop, annotations: { ${approved} }`),
      );
      expect((await apply(workspace, '--yes', ...policy)).code).toBe(code);
      expect(workspace.list(0)).toEqual(list);
    },
  );
});

describe('approve', () => {
  it('lists what waits, and lets it pass in the controller that follows the directory', async () => {
    const { workspace, policy } = await flooded();
    await using _ = workspace;
    const run = workspace.start(['run', '--source', workspace.bindings, ...policy]);
    const waiting = async () => JSON.parse((await workspace.run(['approve', '-o', 'json'])).stdout || '[]');
    await until('the plan to wait', async () => (await waiting()).length === 1);
    const [{ digest, instances, bindings }] = await waiting();
    expect([instances, bindings]).toEqual([8, ['shop/web']]);
    const { stdout } = await workspace.run([
      'approve',
      digest,
      '--source',
      workspace.bindings,
      '--by',
      'alice@ops',
    ]);
    expect(stdout).toContain('the plan changes 8 instances of shop/web');
    await until('the change', () => workspace.list(7)[0] === A);
    expect(workspace.journal()[0]?.authority).toContain(`approved ${digest} by alice@ops at 20`);
    run.child.kill('SIGTERM');
    expect((await run.ended).code).toBe(0);
  });

  it('takes the start of the digest that waits, writes the whole one, and names what waits for a start of none', async () => {
    const { workspace, policy } = await flooded();
    await using _ = workspace;
    const run = workspace.start(['run', '--source', workspace.bindings, ...policy]);
    const waiting = async () => JSON.parse((await workspace.run(['approve', '-o', 'json'])).stdout || '[]');
    await until('the plan to wait', async () => (await waiting()).length === 1);
    const [{ digest }] = await waiting();
    const approve = (start: string) => workspace.run(['approve', start, '--source', workspace.bindings]);
    const digits = digest.slice('sha256:'.length);
    const other = digits.startsWith('0') ? '1111111' : '0000000';
    const none = await approve(other);
    expect([none.code, none.stderr]).toEqual([
      1,
      expect.stringContaining(
        `"sha256:${other}" is the start of no plan that waits (${digest.slice(0, 24)})`,
      ),
    ]);
    expect(existsSync(join(workspace.bindings, 'approvals'))).toBe(false);
    const { code, stdout } = await approve(digits.slice(0, 7));
    expect([code, stdout]).toEqual([0, expect.stringContaining('the plan changes 8 instances of shop/web')]);
    await until('the change', () => workspace.list(7)[0] === A);
    expect(workspace.journal()[0]?.authority).toContain(`approved ${digest} by `);
    run.child.kill('SIGTERM');
    expect((await run.ended).code).toBe(0);
  });

  it('lists what is to be put back for instances that left a document which stays', async () => {
    await using workspace = await Workspace.open(FLEET);
    const web = (...instances: readonly string[]) =>
      bindingText({ instances, groups: [A, B], more: '  deletionPolicy: Restore\n' });
    workspace.write('web.yaml', web(...all));
    const first = workspace.start(['run', '--source', workspace.bindings]);
    await until('the lists', () => all.every((_, index) => workspace.list(index)[0] === A));
    first.child.kill('SIGTERM');
    await first.ended;
    const policy = workspace.policy(SMALL);
    const run = workspace.start(['run', '--source', workspace.bindings, '--policy', policy]);
    workspace.write('web.yaml', web(instanceId(0)));
    const waiting = async () => JSON.parse((await workspace.run(['approve', '-o', 'json'])).stdout || '[]');
    await until('the plan to wait', async () => (await waiting()).length === 1);
    const [{ digest, instances, bindings }] = await waiting();
    expect([instances, bindings]).toEqual([7, ['shop/web']]);
    await workspace.run(['approve', digest, '--source', workspace.bindings, '--by', 'alice@ops']);
    await until('the lists from before', () => workspace.list(7)[0] === B);
    run.child.kill('SIGTERM');
    await run.ended;
  });

  it('never writes an approval twice, and says what is wrong with one that a person wrote', async () => {
    const { workspace } = await flooded();
    await using _ = workspace;
    const digest = `sha256:${'a'.repeat(64)}`;
    const approve = () => workspace.run(['approve', digest, '--source', workspace.bindings]);
    const first = await approve();
    expect(first.stderr).toContain('no plan with this digest waits');
    expect((await approve()).stderr).toContain('approves this plan already');
    expect(readdirSync(join(workspace.bindings, 'approvals'))).toEqual(['aaaaaaaaaaaa.yaml']);
    workspace.write(
      'approvals/own.yaml',
      'apiVersion: cvmsg.dev/v1alpha1\nkind: CvmsgApproval\nmetadata: {name: x}\nspec:\n  digest: abc\n',
    );
    const { stdout, code } = await workspace.run(['validate', workspace.bindings]);
    expect(stdout).toContain('own.yaml:5:11');
    expect(code).toBe(1);
  });
});
