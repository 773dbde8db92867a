import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { logged } from './program.ts';
import { A, B, bindingText, C, instanceId, Workspace } from './workspace.ts';

const HEAD = 'apiVersion: cvmsg.dev/v1alpha1\nkind: CvmsgPolicy\n';

/** One instance that has A alone and shall have B and A, under a policy. */
async function underPolicy(text: string) {
  const workspace = await Workspace.open([[A]]);
  workspace.write('teams/shop/web.yaml', bindingText({ instances: [instanceId(0)], groups: [B, A] }));
  const policy = join(workspace.folder, 'policy.yaml');
  writeFileSync(policy, `${HEAD}${text}\n`);
  const run = (...words: string[]) => workspace.run([...words, '--policy', policy]);
  return { workspace, policy, run, [Symbol.asyncDispose]: () => workspace[Symbol.asyncDispose]() };
}

const NEVER_ALLOWED = `windows:
  - { name: leap, effect: allow, schedule: "0 0 29 2 *", duration: 1m, timeZone: Asia/Shanghai }`;

describe.concurrent('--policy', () => {
  it.each([
    {
      reason: 'a group that must be kept is missing',
      text: `mustKeep: [{ sgId: ${C} }]`,
      guard: 'must-keep',
      said: C,
    },
    {
      reason: 'a group is at another place',
      text: `mustKeep: [{ sgId: ${A}, position: first }]`,
      guard: 'must-keep',
      said: 'at position 2',
    },
    { reason: 'a group is forbidden', text: `forbidden: [{ sgId: ${B} }]`, guard: 'forbidden', said: B },
    {
      reason: 'a rule of the folder forbids a group, whatever namespace the document writes',
      text: `forbidden: [{ sgId: ${B}, paths: [teams/shop/] }]`,
      guard: 'forbidden',
      said: 'declared in teams/shop/',
    },
    {
      reason: 'the folder is nobody’s',
      text: 'tenants: [{ name: data, paths: [teams/data] }]',
      guard: 'tenancy',
      said: 'teams/shop/web.yaml',
    },
  ])('lets nothing be written where $reason', async ({ text, guard, said }) => {
    await using world = await underPolicy(text);
    const { workspace, run } = world;
    const { code, stdout, stderr } = await run('apply', workspace.bindings, '--yes');
    expect(stdout + stderr).toContain(said);
    expect(code).toBe(3);
    const plan = await run('plan', workspace.bindings, '-o', 'json');
    expect(JSON.parse(plan.stdout).rows[0].guard).toMatchObject({ guard, outcome: 'refused' });
    expect(workspace.list(0)).toEqual([A]);
  });

  it.each(['plan', 'apply', 'run'])(
    'is told by %s to mean another region, which would guard nobody',
    async (command) => {
      await using world = await underPolicy(`forbidden: [{ sgId: ${C}, regions: [ap-guangzhuo] }]`);
      const { workspace, policy } = world;
      const words = command === 'run' ? ['run', '--source'] : [command];
      const program = workspace.start([...words, workspace.bindings, '--policy', policy]);
      await program.says('did you mean');
      const { stderr } = await (command === 'plan' ? program.ended : program.stop());
      const reported = logged(stderr).filter((line) => line.includes('did you mean'));
      expect(reported).toEqual([
        `${policy}:3:44: "ap-guangzhuo" is not a region that is known here; did you mean \`ap-guangzhou\`?; write \`ap-guangzhou\`, unless the region is new`,
      ]);
    },
  );

  it('warns where a rule goes by namespaces alone, which anybody may write in a directory', async () => {
    await using world = await underPolicy(`forbidden: [{ sgId: ${C}, namespaces: [shop] }]`);
    const { workspace, run, policy } = world;
    const words = `${policy}:3:34: this rule goes by namespaces alone`;
    expect((await run('plan', workspace.bindings)).stderr).toContain(words);
    const validated = await run('validate', workspace.bindings);
    expect(validated.stdout).toContain('policy.yaml:3:34: warning [policy/namespaces-in-directory]');
    expect(validated.code).toBe(0);
    const program = workspace.start(['run', '--source', workspace.bindings, '--policy', policy]);
    await program.says('go by `paths` there');
    await program.stop();
  });

  it('lets a change wait for its window', async () => {
    await using world = await underPolicy(NEVER_ALLOWED);
    const { workspace, run } = world;
    const { stdout } = await run('plan', workspace.bindings);
    expect(stdout).toMatch(/"leap" .* only: not before \d{4}-02-28T16:00:00Z/);
    await run('apply', workspace.bindings, '--yes', '--timeout', '2s');
    expect(workspace.list(0)).toEqual([A]);
  });

  it('lets through what the policy allows', async () => {
    await using world = await underPolicy(`mustKeep: [{ sgId: ${B}, position: first }]
forbidden: [{ sgId: ${B}, tags: { env: prod } }]
tenants: [{ name: shop, paths: [teams/shop/], groups: [${A}, ${B}] }]`);
    const { workspace, run } = world;
    expect((await run('apply', workspace.bindings, '--yes')).code).toBe(0);
    expect(workspace.list(0)).toEqual([B, A]);
  });

  it.each(['plan', 'apply', 'run'])(
    'stops %s with every diagnostic where it is not valid',
    async (command) => {
      await using world = await underPolicy(`forbiden: []\nverifyGroups: maybe`);
      const { workspace, run } = world;
      const words = { plan: [], apply: ['--yes'], run: [] }[command] ?? [];
      const source = command === 'run' ? ['--source', workspace.bindings] : [workspace.bindings];
      const { code, stderr } = await run(command, ...source, ...words);
      expect(code).toBe(1);
      expect(stderr).toContain('policy.yaml:3:1: error [schema/unknown-field] forbiden');
      expect(stderr).toContain('policy.yaml:4:15: error [schema/type] verifyGroups');
      expect(workspace.list(0)).toEqual([A]);
    },
  );

  it('says in a sentence that there is no such file', async () => {
    await using world = await underPolicy('');
    const { code, stderr } = await world.workspace.run(['plan', world.workspace.bindings], {
      env: { CVMSG_POLICY: join(world.workspace.folder, 'none.yaml') },
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: --policy: ".*none.yaml" cannot be read: ENOENT/m);
  });

  it('is judged by validate, and judges bindings', async () => {
    await using world = await underPolicy(`forbidden: [{ sgId: ${A} }]`);
    const { workspace, run, policy } = world;
    const found = await run('validate', workspace.bindings);
    expect(found.code).toBe(1);
    expect(found.stdout).toContain('web.yaml:7:24: error [policy/forbidden] spec.sgIds[1]');
    writeFileSync(policy, `${HEAD}windows: [{}]\n`);
    const wrong = await run('validate', workspace.bindings);
    expect(wrong.stdout).toContain('policy.yaml:3:11: error [schema/required] windows[0]');
    expect(wrong.stdout).toContain('add `schedule`: when it opens, such as');
    expect(wrong.code).toBe(1);
  });

  it('is announced by run', async () => {
    await using world = await underPolicy(`blastRadius: { share: 10%, count: 5 }\n${NEVER_ALLOWED}`);
    const { workspace, policy } = world;
    const program = workspace.start(['run', '--source', workspace.bindings, '--policy', policy]);
    await program.says('at most 10% of a scope or 5 instances');
    const { stderr } = await program.stop();
    expect(logged(stderr)[1]).toMatch(
      /allow window \\"leap\\"|allow window "leap" is closed until \d{4}-02-28T16:00:00Z/,
    );
    expect(workspace.list(0)).toEqual([A]);
  });
});
