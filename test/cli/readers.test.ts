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
    workspace.write('all.yaml', `${web}---\n${held}`);
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
    expect(stdout).toMatch(/^NAMESPACE +NAME +READY +IN-SYNC +REVISION +AGE +REASON$/m);
    expect(stdout).toMatch(/^shop +held +False +0\/1 +sha256:\w{12} +\d+s +ObserveOnly$/m);
    expect(stdout).toMatch(/^shop +web +False +1\/2 /m);
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
    };
    expect([list.kind, list.items.length]).toEqual(['List', 2]);
  });

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
