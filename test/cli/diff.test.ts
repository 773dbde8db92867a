import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { A, B, bindingText, C, D, instanceId, Workspace } from './workspace.ts';

interface Revision {
  readonly id: number;
  readonly revision: string;
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  readonly by: string;
}

describe.concurrent('history --revisions and diff', () => {
  let workspace: Workspace;
  let revisions: Revision[];
  const diff = (...args: string[]) => workspace.run(['diff', ...args]);

  beforeAll(async () => {
    workspace = await Workspace.open([[A], [A], [A]]);
    const apply = () => workspace.run(['apply', workspace.bindings, '--yes']);
    const two = { instances: [instanceId(0), instanceId(1)], groups: [A, B] };
    workspace.write('web.yaml', bindingText(two));
    workspace.write('old.yaml', bindingText({ name: 'old', instances: [instanceId(2)], groups: [D] }));
    await apply();
    await apply();
    workspace.write('web.yaml', `# a remark\n${bindingText(two)}`);
    await apply();
    const moved = { instances: [instanceId(1), instanceId(2)], groups: [B, A, C], more: '  suspend: true\n' };
    workspace.write('web.yaml', bindingText(moved));
    workspace.write('old.yaml', bindingText({ name: 'new', instances: [instanceId(0)], groups: [A, B] }));
    await apply();
    const { stdout } = await workspace.run(['history', '--revisions', '-o', 'json']);
    revisions = JSON.parse(stdout) as Revision[];
  });

  afterAll(() => workspace[Symbol.asyncDispose]());

  it('lists each revision once with what it changed and who recorded it, newest first', async () => {
    expect(revisions.map(({ id, added, changed, removed }) => ({ id, added, changed, removed }))).toEqual([
      { id: 4, added: 1, changed: 1, removed: 1 },
      { id: 3, added: 0, changed: 0, removed: 0 },
      { id: 1, added: 2, changed: 0, removed: 0 },
    ]);
    expect(revisions[0]?.by).toMatch(/^cvmsg \S+ apply, /);
    const { stdout, code } = await workspace.run(['history', '--revisions', '--limit', '1']);
    expect(stdout).toMatch(
      /^ID +REVISION +TIME .*\n#4 +sha256:[0-9a-f]{12} .* 1 +1 +1 +cvmsg .* apply, .*\n$/,
    );
    expect(code).toBe(0);
  });

  it('tells moves, additions, fields and members of each binding, and every instance with another list', async () => {
    const { stdout, code } = await diff('#1', 'latest');
    expect(stdout).toContain(`+ shop/new  [${A}, ${B}]\n    + ${instanceId(0)}\n- shop/old  [${D}]\n`);
    expect(stdout).toContain(
      `~ shop/web\n    move ${B} 2nd -> 1st\n    add ${C} 3rd\n    suspend: not set -> true\n    + ${instanceId(2)}\n    - ${instanceId(0)}\n`,
    );
    const instances = stdout.slice(stdout.indexOf('Instances'));
    expect(instances).toContain(`${instanceId(2)}  shop/old -> shop/web\n`);
    expect(instances).toContain(`      [${A}, ${B}] -> [${B}, ${A}, ${C}]\n`);
    expect(instances, 'another binding, the same list').not.toContain(`${instanceId(0)} `);
    expect(stdout).toContain(
      '1 binding added, 1 binding changed, 1 binding removed; another list for 2 instances.',
    );
    expect(code).toBe(2);
  });

  it.each([
    { from: 'latest~1', to: '#1', reason: 'only a remark differs' },
    { from: 'latest', to: 'latest', reason: 'it is the same revision' },
  ])('exits 0 when $reason', async ({ from, to }) => {
    const { stdout, code } = await diff(from, to);
    expect(stdout).toMatch(/: both declare the same\.\n$/);
    expect(code).toBe(0);
  });

  it('finds a revision by the start of its digest, with and without the scheme', async () => {
    const [latest] = revisions;
    const digest = latest?.revision.slice('sha256:'.length) ?? '';
    for (const text of [digest.slice(0, 10), `sha256:${digest.slice(0, 10)}`, digest]) {
      expect((await diff('latest', text)).code, text).toBe(0);
    }
  });

  it('writes the same for programs and for a review', async () => {
    const json = JSON.parse((await diff('#1', '#4', '-o', 'json')).stdout);
    expect(json).toMatchObject({
      from: { id: 1 },
      to: { id: 4 },
      bindings: [
        { binding: 'shop/new', change: 'added', after: [A, B] },
        { binding: 'shop/old', change: 'removed', before: [D] },
        { binding: 'shop/web', change: 'changed', fields: [{ field: 'suspend', before: null, after: true }] },
      ],
      instances: [{ instanceId: instanceId(1) }, { instanceId: instanceId(2), bindingBefore: 'shop/old' }],
    });
    expect(parse((await diff('#1', '#4', '-o', 'yaml')).stdout)).toEqual(json);
    const { stdout } = await diff('#1', '#4', '-o', 'markdown');
    expect(stdout).toContain('| `shop/web` | changed | move sg-bbbbbbbb 2nd -&gt; 1st<br>');
  });

  it.each([
    { text: 'zzz', words: '"zzz" names no recorded revision', reason: 'an unknown one' },
    { text: 'sha256:', words: '"sha256:" names more than one revision', reason: 'an ambiguous one' },
    { text: 'latest~9', words: '"latest~9" names no recorded revision', reason: 'one before the first' },
  ])('refuses $reason and lists the nearest', async ({ text, words }) => {
    const { stdout, stderr, code } = await diff(text, 'latest');
    expect(stderr).toContain(words);
    expect(stderr).toMatch(/#4 sha256:[0-9a-f]{12} {2}\d{4}-/);
    expect({ stdout, code }).toEqual({ stdout: '', code: 1 });
  });
});
