import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { logged } from './program.ts';
import { until } from './until.ts';
import { A, B, bindingText, C, instanceId, Workspace } from './workspace.ts';

const all = (count: number) => Array.from({ length: count }, (_, index) => instanceId(index));
const run = (workspace: Workspace, ...args: string[]) =>
  workspace.start(['run', '--source', workspace.bindings, ...args]);
const holds = (workspace: Workspace, index: number, list: readonly string[]) =>
  until(
    `${instanceId(index)} to have ${list.join(', ')}`,
    () => workspace.list(index).join() === list.join(),
  );

describe.concurrent('run', () => {
  it('says what it keeps, converges, repairs drift, follows edits, and ends with 0 on SIGTERM', async () => {
    await using workspace = await Workspace.open([[B, A], [A]]);
    const path = workspace.write('web.yaml', bindingText({ instances: all(2), groups: [A, B] }));
    const program = run(workspace, '--interval', '300ms');
    await Promise.all([holds(workspace, 0, [A, B]), holds(workspace, 1, [A, B])]);
    await until('the read back', () => workspace.journal().every(({ observed }) => observed !== undefined));

    workspace.simulator.state.setList(instanceId(0), [B, A]);
    await program.says(`${instanceId(0)} repaired: read back as [${A}, ${B}]`);
    writeFileSync(path, bindingText({ instances: all(2), groups: [C, A] }));
    await Promise.all([holds(workspace, 0, [C, A]), holds(workspace, 1, [C, A])]);

    const { code, stderr, stdout } = await program.stop();
    const lines = logged(stderr);
    expect(lines[0]).toBe(`cvmsg 0.1.0 keeps what "${workspace.bindings}" declares`);
    expect(JSON.parse(stderr.split('\n')[0] ?? '')).toMatchObject({
      stateDir: workspace.stateDir,
      api: 'auto',
      writesPerSecond: 10,
    });
    expect(lines).toContainEqual(
      expect.stringMatching(/^revision sha256:\w+: 1 binding, 1 added, 0 changed, 0 removed$/),
    );
    expect(lines).toContainEqual(`drift found in 1 instance (${instanceId(0)}): move ${A} 2nd -> 1st`);
    expect(lines).toContainEqual(expect.stringMatching(/^write of 2 instances accepted/));
    expect(lines.at(-1)).toBe('stopped; every call has ended');
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(workspace.journal().map(({ cause }) => cause)).toEqual([
      'first-seen',
      'first-seen',
      'drift',
      'declared',
      'declared',
    ]);
  });

  it('lets the readers read while it runs and refuses a second writer, saying who holds the state', async () => {
    await using workspace = await Workspace.open([[B, A]]);
    workspace.write('web.yaml', bindingText({ instances: all(1), groups: [A, B] }));
    const program = run(workspace);
    await holds(workspace, 0, [A, B]);
    const [second, apply, get] = await Promise.all([
      run(workspace).ended,
      workspace.run(['apply', workspace.bindings, '--yes']),
      until('the status', async () => {
        const ended = await workspace.run(['get']);
        return ended.stdout.includes('True') && ended;
      }),
    ]);
    for (const refused of [second, apply]) {
      expect(refused.stderr).toMatch(/is being written by cvmsg \S+ run, \S+@\S+, process \d+ since/);
      expect(refused.code).toBe(1);
    }
    expect(get.stdout).toMatch(/^shop +web +True +1\/1 +Enforce +sha256:\w{12} +\d+s +InSync$/m);
    expect((await program.stop('SIGINT')).code).toBe(0);
  });

  it('settles the journal and converges after a kill in mid-batch', async () => {
    await using workspace = await Workspace.open(all(30).map(() => [B, A]));
    workspace.write('web.yaml', bindingText({ instances: all(30), groups: [A, B] }));
    const latency = workspace.simulator.faults.add({
      kind: 'latency',
      ms: 60_000,
      action: 'ModifySecurityGroupsOfInstance',
    });
    const first = run(workspace);
    await first.says('difference found');
    expect((await first.stop('SIGKILL')).signal).toBe('SIGKILL');
    const open = workspace.journal().filter(({ outcome }) => outcome === undefined);
    expect(open.length).toBeGreaterThan(0);

    workspace.simulator.faults.remove(latency.id);
    const second = run(workspace);
    await until('the fleet to converge', () =>
      all(30).every((_, index) => workspace.list(index).join() === `${A},${B}`),
    );
    await until('the journal to be complete', () =>
      workspace
        .journal()
        .every(
          ({ outcome, observed }) =>
            outcome !== undefined && (outcome !== 'accepted' || observed !== undefined),
        ),
    );
    await second.stop();
    const settled = workspace.journal().filter(({ id }) => open.some((row) => row.id === id));
    for (const { outcome } of settled) expect(outcome).toMatch(/^settled-(?:not-)?applied$/);
  });

  it('does not write again what a killed process had written', async () => {
    await using workspace = await Workspace.open(all(5).map(() => [B, A]));
    workspace.write('web.yaml', bindingText({ instances: all(5), groups: [A, B] }));
    workspace.simulator.faults.add({
      kind: 'latency',
      ms: 4_000,
      action: 'ModifySecurityGroupsOfInstance',
      count: 1,
    });
    const first = run(workspace);
    await holds(workspace, 0, [A, B]);
    await first.stop('SIGKILL');
    expect(workspace.journal().map(({ outcome }) => outcome)).toEqual(Array.from({ length: 5 }));

    const second = run(workspace);
    await until('the journal to be settled', () =>
      workspace.journal().every(({ outcome }) => outcome !== undefined),
    );
    await second.stop();
    const rows = workspace.journal();
    expect(rows.map(({ instanceId: id, outcome }) => [id, outcome])).toEqual(
      all(5).map((id) => [id, 'settled-applied']),
    );
  });

  it('gives up calls that do not end and exits within 10 s of SIGTERM', async () => {
    await using workspace = await Workspace.open([[B, A]]);
    workspace.write('web.yaml', bindingText({ instances: all(1), groups: [A, B] }));
    workspace.simulator.faults.add({ kind: 'latency', ms: 60_000, action: 'ModifySecurityGroupsOfInstance' });
    const program = run(workspace);
    await program.says('difference found');
    const askedAtMs = performance.now();
    const { code, stderr } = await program.stop();
    expect(performance.now() - askedAtMs).toBeLessThan(10_000);
    expect(logged(stderr)).toContainEqual(
      expect.stringContaining('are given up; the next start settles them'),
    );
    expect(logged(stderr).at(-1)).toBe('stopped; the calls that did not end are settled by the next start');
    expect(workspace.journal().map(({ outcome }) => outcome)).toEqual([undefined]);
    expect(code).toBe(0);
  });

  it('ends at once on a second signal', async () => {
    await using workspace = await Workspace.open([[B, A]]);
    workspace.write('web.yaml', bindingText({ instances: all(1), groups: [A, B] }));
    workspace.simulator.faults.add({ kind: 'latency', ms: 60_000, action: 'ModifySecurityGroupsOfInstance' });
    const program = run(workspace);
    await program.says('difference found');
    program.child.kill('SIGTERM');
    await program.says('stopping: no new calls');
    expect((await program.stop('SIGTERM')).code).toBe(130);
    expect(workspace.journal()[0]?.outcome).toBeUndefined();
  });

  it('moves to API 3.0 once where 2.0 is retired and says so', async () => {
    await using workspace = await Workspace.open([[B, A]]);
    workspace.write('web.yaml', bindingText({ instances: all(1), groups: [A, B] }));
    workspace.simulator.faults.add({ kind: 'v2-retired' });
    const program = run(workspace);
    await holds(workspace, 0, [A, B]);
    const { stderr } = await program.stop();
    expect(logged(stderr).filter((line) => line.includes('moved to API 3.0'))).toHaveLength(1);
  });

  it('warns of a credentials file that others can read', async () => {
    await using workspace = await Workspace.open([[B, A]]);
    workspace.write('web.yaml', bindingText({ instances: all(1), groups: [A, B] }));
    const { TENCENTCLOUD_SECRET_ID: id, TENCENTCLOUD_SECRET_KEY: key } = workspace.env;
    const path = join(workspace.folder, 'credentials');
    writeFileSync(path, `[default]\nsecret_id = ${id}\nsecret_key = ${key}\n`, { mode: 0o644 });
    const program = workspace.start(['run', '--source', workspace.bindings, '--credentials-file', path], {
      env: { TENCENTCLOUD_SECRET_ID: '', TENCENTCLOUD_SECRET_KEY: '' },
    });
    await holds(workspace, 0, [A, B]);
    expect(logged((await program.stop()).stderr)).toContainEqual(
      expect.stringContaining('can be read by others (mode 644)'),
    );
  });
});
