import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { A, B, bindingText, C, D, instanceId, Workspace } from './workspace.ts';

describe.concurrent('get, why and history', () => {
  let workspace: Workspace;

  beforeAll(async () => {
    workspace = await Workspace.open([[B, A], [A], [D]]);
    const web = bindingText({ instances: [instanceId(0), instanceId(1)], groups: [A, B] });
    const held = bindingText({
      name: 'held',
      instances: [instanceId(2)],
      groups: [C],
      more: '  mode: Observe\n',
    });
    const asleep = bindingText({
      name: 'asleep',
      instances: [],
      groups: [C],
      more: '  suspendUntil: "2999-01-01T00:00:00Z"\n',
    }).replace('instanceIds: []', 'instanceSelector: {namePattern: "none-*"}');
    workspace.write('all.yaml', `${web}---\n${held}---\n${asleep}`);
    workspace.simulator.faults.add({
      kind: 'error',
      action: 'ModifySecurityGroupsOfInstance',
      code: '7000',
      message: 'backend',
      instanceIds: [instanceId(1)],
    });
    expect((await workspace.run(['apply', workspace.bindings, '--yes', '--timeout', '2s'])).code).toBe(4);
  });

  afterAll(() => workspace[Symbol.asyncDispose]());

  it('lists the bindings with their revision and the source', async () => {
    const { code, stdout } = await workspace.run(['get', 'bindings']);
    expect(stdout).toMatch(/^NAMESPACE +NAME +READY +IN-SYNC +MODE +REVISION +AGE +REASON$/m);
    expect(stdout).toMatch(/^shop +held +False +0\/1 +Observe +sha256:\w{12} +\d+s +ObserveOnly$/m);
    expect(stdout).toMatch(/^shop +web +False +1\/2 +Enforce /m);
    expect(stdout).toContain(
      '3 bindings: 1 ready, 2 not ready, 1 suspended, 1 only observed; 1 of 3 instances in sync\n',
    );
    const names = [...stdout.matchAll(/^shop +(\w+) /gm)].map(([, name]) => name);
    expect(names, 'those that are not ready first').toEqual(['held', 'web', 'asleep']);
    expect(stdout).toContain(`Source ${workspace.bindings}: revision sha256:`);
    expect(code).toBe(0);
  });

  it('shows a binding as a Kubernetes object with conditions and instances', async () => {
    const { stdout } = await workspace.run(['get', 'shop/web', '-o', 'yaml']);
    expect(parse(stdout)).toMatchObject({
      apiVersion: 'cvmsg.dev/v1alpha1',
      kind: 'CvmSecurityGroupBinding',
      metadata: { namespace: 'shop', name: 'web' },
      spec: { region: 'ap-guangzhou', sgIds: [A, B], instanceIds: [instanceId(0), instanceId(1)] },
      status: {
        instanceCount: 2,
        inSyncCount: 1,
        declaredAt: 'all.yaml:1:1',
        instances: [{ state: 'InSync', sgIds: [A, B] }, { reason: 'CloudError' }],
      },
    });
    const { status } = parse(stdout) as {
      status: { conditions: { type: string; status: string; lastTransitionTime: string }[] };
    };
    expect(status.conditions[0]).toMatchObject({ type: 'Ready', status: 'False' });
    const list = JSON.parse((await workspace.run(['get', '-o', 'json'])).stdout) as {
      kind: string;
      items: unknown[];
      source: object;
    };
    expect([list.kind, list.items.length]).toEqual(['List', 3]);
    expect(list.source).toMatchObject({ findings: [], findingCount: 0 });
  });

  it('narrows by namespace and by what is not ready, and tells region, place and reason with -o wide', async () => {
    const { stdout } = await workspace.run(['get', '--not-ready', '-n', 'shop', '-o', 'wide']);
    expect(stdout).toMatch(/^NAMESPACE .* REASON +REGION +CREDENTIALS +DECLARED AT +MESSAGE$/m);
    expect(stdout).toMatch(
      /^shop +held .* ObserveOnly +ap-guangzhou +default +all\.yaml:\d+ +0 of 1 in sync; /m,
    );
    expect(stdout).not.toMatch(/^shop +asleep/m);
    expect((await workspace.run(['get', '-n', 'other'])).stdout).toContain('0 bindings: 0 ready');
    expect((await workspace.run(['get', 'asleep'])).stdout).toContain('Suspended until 2999-01-01T00:00:00Z');
  });

  it('goes on with --watch, a line for each binding that reads differently, until it is stopped', async () => {
    const watch = workspace.start(['get', '-w']);
    await watch.says('ObserveOnly');
    expect(watch.stdout.match(/^shop /gm)).toHaveLength(3);
    const { code } = await watch.stop('SIGINT');
    expect(code).toBe(130);
    expect((await workspace.run(['get', '-w', '-o', 'json'])).stderr).toContain('--watch prints lines');
  });

  it('says which namespace a name alone was looked for in, when nothing matches', async () => {
    const said = async (binding: string) => (await workspace.run(['history', '--binding', binding])).stderr;
    expect(await said('web')).toBe(
      'nothing in the journal matches binding default/web; write NAMESPACE/NAME for another\n',
    );
    expect(await said('shop/nobody')).toBe('nothing in the journal matches\n');
  });

  it('finds what a directory beside a cluster declares by its name, and by its key', async () => {
    await using own = await Workspace.open([[B, A]]);
    own.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [A, B] }));
    await own.run(['apply', own.bindings, '--yes']);
    own.putBesideCluster('shop/web');
    for (const name of ['shop/web', 'git:shop/web']) {
      const written = JSON.parse((await own.run(['history', '--binding', name, '-o', 'json'])).stdout);
      expect(written, name).toMatchObject([{ binding: 'git:shop/web', instanceId: instanceId(0) }]);
      expect((await own.run(['get', name])).stdout, name).toContain('1 binding: 1 ready');
    }
    expect((await own.run(['history', '--binding', 'shop/we'])).stderr).toContain('nothing in the journal');
  });

  it.each([['get'], ['why', instanceId(0)], ['history']])(
    '%s says how to look at a cluster where no state is',
    async (...args) => {
      const { stderr } = await workspace.run([...args, '--state-dir', '/nonexistent']);
      expect(stderr).toContain('no state in "/nonexistent"');
      expect(stderr).toContain('say --kubernetes');
    },
  );

  it('explains an instance that was written', async () => {
    const { code, stdout } = await workspace.run(['why', instanceId(0)]);
    expect(stdout).toContain(`declared    [${A}, ${B}] at all.yaml:1, revision sha256:`);
    expect(stdout).toMatch(/ {2}between {5}nothing\n {2}state {7}InSync/);
    expect(stdout).toContain(`original    [${B}, ${A}], before the first write`);
    expect(stdout).toMatch(/why {7}differed when first seen for shop\/web, all\.yaml:1 at sha256:/);
    expect(stdout).toMatch(/request {3}nonce=\d+ timestamp=\d+ \(API 2\.0, attempt \d\)/);
    expect(stdout).toContain(`read back [${A}, ${B}]`);
    expect(stdout).toContain('next check  none: no controller runs on this state');
    expect(stdout).toContain('claimed by  nobody else');
    expect(code).toBe(0);
  });

  it('explains an instance that cannot be written in the words of the vendor', async () => {
    const { stdout } = await workspace.run(['why', instanceId(1)]);
    expect(stdout).toContain(`between     add ${B} 2nd`);
    expect(stdout).toMatch(/state {7}Retrying CloudError: 7000: backend/);
    const { stdout: json } = await workspace.run(['why', instanceId(1), '-o', 'json']);
    expect(JSON.parse(json)).toMatchObject({
      steps: [{ op: 'add', sgId: B, to: 1 }],
      lastWrite: { code: '7000' },
    });
  });

  it.each([
    {
      args: ['why', 'ins-zzzzzzzz'],
      words: 'nothing is known of ins-zzzzzzzz',
      reason: 'an instance that nobody declared',
    },
    { args: ['why', 'i-1'], words: 'Expected an instance id', reason: 'no instance id' },
    { args: ['get', 'wbe'], words: 'did you mean "web"?', reason: 'a mistyped binding' },
    { args: ['get', 'pods', 'web'], words: 'there is no kind "pods"', reason: 'another kind' },
    { args: ['history', '--since', 'yesterday'], words: '--since: Expected a duration', reason: 'no time' },
    {
      args: ['get', '--state-dir', '/nonexistent'],
      words: 'no state in "/nonexistent"',
      reason: 'a state that is not there',
    },
  ])('refuses $reason with exit code 1', async ({ args, words }) => {
    const { code, stderr, stdout } = await workspace.run(args);
    expect(stderr).toContain(words);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });

  it('shows the newest 50 writes of many, says how many there are, and gives a program or a filter all of them', async () => {
    const ids = Array.from({ length: 104 }, (_, index) => instanceId(index));
    await using many = await Workspace.open(ids.map(() => [B, A]));
    many.write('web.yaml', bindingText({ instances: ids, groups: [A, B] }));
    const policy = many.policy('blastRadius: { share: 100%, count: 104, period: 10m }');
    await many.run(['apply', many.bindings, '--yes', '--policy', policy]);
    const rest = 'the newest 50 of 104 writes; --limit 0 shows all, --since 2h those of the last two hours\n';
    const lines = async (...args: string[]) => {
      const { stdout, stderr } = await many.run(['history', '-o', 'wide', ...args]);
      return { shown: stdout.match(/ins-\d{8}/g)?.length, stderr };
    };
    expect(await lines()).toEqual({ shown: 50, stderr: rest });
    expect(await lines('--limit', '0')).toEqual({ shown: 104, stderr: '' });
    expect(await lines('--since', '1h')).toEqual({ shown: 104, stderr: '' });
    const { stdout, stderr } = await many.run(['history', '-o', 'json']);
    expect([JSON.parse(stdout).length, stderr]).toEqual([104, '']);
  });

  it('lists the journal newest first, by instance, binding and time', async () => {
    const read = async (...args: string[]) =>
      JSON.parse((await workspace.run(['history', '-o', 'json', ...args])).stdout) as {
        id: number;
        instanceId: string;
        time: string;
      }[];
    const everything = await read('--limit', '0');
    expect(everything.map(({ id }) => id)).toEqual(everything.map(({ id }) => id).toSorted((a, b) => b - a));
    expect(await read('--limit', '1')).toEqual(everything.slice(0, 1));
    expect((await read('--instance', instanceId(0))).map(({ instanceId: id }) => id)).toContain(
      instanceId(0),
    );
    expect(await read('--instance', instanceId(2))).toEqual([]);
    expect(await read('--binding', 'shop/web', '--since', '1h')).toEqual(everything);
    expect(await read('--until', '1h')).toEqual([]);
    expect(await read('--since', everything[0]?.time ?? '')).toEqual([everything[0]]);
    const { stdout } = await workspace.run(['history']);
    expect(stdout).toMatch(
      new RegExp(`${instanceId(0)} +shop/web +first-seen +\\[${B}, ${A}\\] +\\[${A}, ${B}\\]`),
    );
  });
});
