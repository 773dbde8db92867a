/** What a tree holds that could let a write pass: plan, validate and run name it, and the case of a team that approves itself. */
import { beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { until } from './until.ts';
import { A, B, bindingText, instanceId, Workspace } from './workspace.ts';

const ALL = Array.from({ length: 8 }, (_, index) => instanceId(index));
const POLICY = `blastRadius: { share: 1%, count: 5, period: 1m }
windows: [{ name: never, effect: deny, schedule: "0 0 1 1 *", duration: 1m, timeZone: UTC, regions: [ap-tokyo] }]
emergencies: { longest: 4h }`;

/** A team changes its instances, approves that under a great name, and declares an emergency until the end of time. */
async function selfApproved(): Promise<{ workspace: Workspace; args: string[]; digest: string }> {
  const workspace = await Workspace.open(ALL.map(() => [A]));
  const policy = workspace.policy(POLICY);
  const args = ['--policy', policy];
  const text = bindingText({ instances: ALL, groups: [B] });
  workspace.write('teams/victim/v.yaml', text);
  const plan = await workspace.run(['plan', workspace.bindings, '-o', 'json', ...args]);
  const { digest } = JSON.parse(plan.stdout) as { digest: string };
  const annotations = `annotations: { cvmsg.dev/emergency: "2099-01-01T00:00:00Z all is open" }`;
  workspace.write('teams/victim/v.yaml', text.replace('namespace: shop', `namespace: shop, ${annotations}`));
  workspace.write(
    'teams/attacker/notes.yaml',
    `# Committed together with the change.
apiVersion: cvmsg.dev/v1alpha1
kind: CvmsgApproval
metadata: { name: x }
spec: { digest: "${digest}", approvedBy: "ciso@bank.example", approvedAt: "${new Date().toISOString()}", reason: "trust me" }
`,
  );
  return { workspace, args, digest };
}

const APPROVAL =
  /teams\/attacker\/notes\.yaml:2: approval of sha256:\S+ by "ciso@bank.example" at \S+, because "trust me": does not count: /;
const EMERGENCY =
  /teams\/victim\/v\.yaml:3: emergency of shop\/web until 2099-01-01T00:00:00Z, because "all is open": does not count: /;

describe('a team that approves its own change', () => {
  let world: Awaited<ReturnType<typeof selfApproved>>;
  beforeEach(async () => {
    world = await selfApproved();
    return () => world.workspace[Symbol.asyncDispose]();
  });

  it('is named by plan in every form, and its plan stays refused', async () => {
    const { workspace, args } = world;
    const plan = (form: string) => workspace.run(['plan', workspace.bindings, '-o', form, ...args]);
    const text = await plan('text');
    expect(text.stdout).toMatch(APPROVAL);
    expect(text.stdout).toMatch(EMERGENCY);
    expect(text.stderr).toContain('move it below `approvals/`');
    expect(text.code).toBe(3);
    // What others wrote stands there as code.
    const markdown = (await plan('markdown')).stdout.replaceAll('`', '');
    expect(markdown).toMatch(APPROVAL);
    expect(markdown).toMatch(EMERGENCY);
    for (const value of [JSON.parse((await plan('json')).stdout), parse((await plan('yaml')).stdout)]) {
      expect(value.permissions).toMatchObject([
        {
          kind: 'approval',
          by: 'ciso@bank.example',
          file: 'teams/attacker/notes.yaml',
          line: 2,
          counts: false,
        },
        { kind: 'emergency', of: 'shop/web', file: 'teams/victim/v.yaml', line: 3, counts: false },
      ]);
      expect(value.permissions[0].of).toBe(world.digest);
    }
  });

  it('is named by validate, as a warning with its place and as what it says', async () => {
    const { workspace, args } = world;
    const { stdout, code } = await workspace.run(['validate', workspace.bindings, ...args]);
    expect(stdout).toMatch(APPROVAL);
    expect(stdout).toMatch(EMERGENCY);
    expect(stdout).toMatch(/teams\/attacker\/notes\.yaml:2:1: warning \[approval\/path\]/);
    expect(stdout).toMatch(/teams\/victim\/v\.yaml:3:\d+: warning \[emergency\/longest\]/);
    expect(code).toBe(0);
    const json = await workspace.run(['validate', workspace.bindings, '-o', 'json', ...args]);
    expect(JSON.parse(json.stdout).permissions).toHaveLength(2);
  });

  it('is named by the log of run, once, and nothing of it passes', async () => {
    const { workspace, args } = world;
    const run = workspace.start(['run', '--source', workspace.bindings, '--interval', '1s', ...args]);
    await run.says('would change at once');
    const log = run.stderr.replaceAll('\\"', '"');
    expect(log).toMatch(APPROVAL);
    expect(log).toMatch(EMERGENCY);
    workspace.write('teams/victim/more.yaml', '# nothing\n');
    await until(
      'the next revision',
      () => (run.stderr.match(/"revision":"sha256:\w+","files":/g)?.length ?? 0) > 1,
    );
    expect(run.stderr.match(/"kind":"approval"/g)).toHaveLength(1);
    expect(workspace.journal()).toEqual([]);
  });
});

it('an approval that is made as it should be is named as one that counts, and history and why tell who said so', async () => {
  await using workspace = await Workspace.open(ALL.map(() => [A]));
  const args = ['--policy', workspace.policy('blastRadius: { share: 1%, count: 5, period: 1m }')];
  workspace.write('web.yaml', bindingText({ instances: ALL, groups: [B] }));
  const run = workspace.start(['run', '--source', workspace.bindings, '--interval', '1s', ...args]);
  const [{ digest }] = await until('the plan to wait', async () => {
    const waiting = JSON.parse((await workspace.run(['approve', '-o', 'json'])).stdout || '[]');
    return waiting.length === 1 && waiting;
  });
  await workspace.run([
    ...['approve', digest, '--source', workspace.bindings, '--by', 'alice@ops', '--reason', 'looked at it'],
  ]);
  const validated = await workspace.run(['validate', workspace.bindings, ...args]);
  expect(validated.stdout).toContain(': counts, for changes that an earlier revision brought');
  await until('the change', () => workspace.list(7)[0] === B);
  const said = new RegExp(
    `approved by alice@ops \\(as the document says\\) at \\S+, plan ${digest}, because "looked at it"`,
  );
  expect((await workspace.run(['history', '-o', 'wide'])).stdout).toMatch(said);
  expect((await workspace.run(['why', instanceId(0)])).stdout).toMatch(said);
  const [row] = JSON.parse((await workspace.run(['history', '-o', 'json'])).stdout);
  expect(row.approval).toMatchObject({ digest, by: 'alice@ops', reason: 'looked at it' });
  run.child.kill('SIGTERM');
  await run.ended;
});
