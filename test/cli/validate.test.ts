import { describe, expect, it } from 'vitest';
import { A, B, bindingText, instanceId, Workspace } from './workspace.ts';

const GOOD = bindingText({ instances: [instanceId(0)], groups: [A, B] });
const BAD = GOOD.replace('sgIds: [sg-aaaaaaaa', 'sgIds: [Sg-1').replace('region:', 'regoin:');

describe.concurrent('validate', () => {
  it('names file, line, column, rule, message and fix of every diagnostic and exits 1', async () => {
    await using workspace = await Workspace.open([]);
    workspace.write('good.yaml', GOOD);
    workspace.write('deep/bad.yaml', BAD.replace('name: web', 'name: other'));
    workspace.write('.hidden/bad.yaml', BAD);
    const { code, stdout } = await workspace.run(['validate', 'bindings'], { cwd: workspace.folder });
    expect(code).toBe(1);
    expect(stdout).toContain('bindings/deep/bad.yaml:5:3: error [schema/unknown-field] spec.regoin');
    expect(stdout).toContain('fix: write `region`');
    expect(stdout).toContain('bindings/deep/bad.yaml:7:11: error [schema/pattern] spec.sgIds[0]');
    expect(stdout).toMatch(/^2 files, 1 valid binding: 2 errors$/m);
  });

  it('exits 0 for valid documents and counts those of other kinds', async () => {
    await using workspace = await Workspace.open([]);
    const path = workspace.write(
      'good.yaml',
      `${GOOD}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n`,
    );
    const { code, stdout } = await workspace.run(['validate', path]);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout:
        '1 file, 1 valid binding, 1 document of other kinds skipped (-o json names its file): no finding\n',
    });
  });

  it('tells a program in which files it skipped how much', async () => {
    await using workspace = await Workspace.open([]);
    workspace.write('good.yaml', GOOD);
    workspace.write('half.yaml', 'a: [');
    workspace.write('two.yaml', 'a: 1\n---\nb: 2\n');
    const args = ['validate', 'bindings'];
    const { stdout } = await workspace.run([...args, '-o', 'json'], { cwd: workspace.folder });
    expect(JSON.parse(stdout)).toMatchObject({
      summary: { files: 3, skipped: 3 },
      skippedIn: [
        { file: 'bindings/half.yaml', documents: 1 },
        { file: 'bindings/two.yaml', documents: 2 },
      ],
    });
    const people = await workspace.run(args, { cwd: workspace.folder });
    expect(people.stdout).toBe(
      '3 files, 1 valid binding, 3 documents of other kinds skipped (-o json names their files): no finding\n',
    );
  });

  it.each([
    ['as YAML', 'apiVersion: cvmsg.dev/v1alpha1\nkind: CvmsgPolicy\n'],
    ['as JSON', '{"apiVersion": "cvmsg.dev/v1alpha1", "kind": "CvmsgPolicy"}\n'],
    ['behind another document', 'a: 1\n---\nkind: "CvmsgPolicy" # all\napiVersion: cvmsg.dev/v1alpha1\n'],
  ])('says of a policy, written %s, how it is judged, until it is', async (_, text) => {
    await using workspace = await Workspace.open([]);
    workspace.write('good.yaml', GOOD);
    const path = workspace.write('the policy.yaml', text);
    const note = `note: the policy in 'bindings/the policy.yaml' is judged with --policy 'bindings/the policy.yaml'\n`;
    for (const paths of [['bindings'], ['bindings/good.yaml', 'bindings/the policy.yaml']]) {
      const { code, stdout } = await workspace.run(['validate', ...paths], { cwd: workspace.folder });
      expect([code, stdout]).toEqual([0, expect.stringContaining(note)]);
    }
    const policy = workspace.write('the policy.yaml', 'apiVersion: cvmsg.dev/v1alpha1\nkind: CvmsgPolicy\n');
    const { stdout } = await workspace.run(['validate', 'bindings', '--policy', policy], {
      cwd: workspace.folder,
    });
    expect([path, stdout]).toEqual([policy, expect.not.stringContaining('note:')]);
  });

  it('takes nothing for a policy that only speaks of one', async () => {
    await using workspace = await Workspace.open([]);
    const path = workspace.write(
      'map.yaml',
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata:\n  policy.yaml: |\n    apiVersion: cvmsg.dev/v1alpha1\n    kind: CvmsgPolicy\n',
    );
    expect((await workspace.run(['validate', path])).stdout).not.toContain('note:');
  });

  it('refuses a directory that holds nothing, which may be a mistyped path', async () => {
    await using workspace = await Workspace.open([]);
    workspace.write('notes.txt', 'nothing to see');
    const { code, stdout } = await workspace.run(['validate', 'bindings'], { cwd: workspace.folder });
    expect(code).toBe(1);
    expect(stdout).toContain('[source/empty]');
  });

  it('does not let the name of a file steer the terminal', async () => {
    await using workspace = await Workspace.open([]);
    workspace.write('good.yaml', GOOD);
    workspace.write('evil\u001b[31m\u009b.yaml', GOOD.replace('name: web', 'name: evil'));
    const { code, stdout } = await workspace.run(['validate', 'bindings'], { cwd: workspace.folder });
    expect(code).toBe(1);
    expect(stdout).toContain('[source/name]');
    expect(stdout).toContain('\\u001b[31m\\u009b.yaml');
    expect(stdout).not.toContain('\u001b');
  });

  it('judges files against each other', async () => {
    await using workspace = await Workspace.open([]);
    const first = workspace.write('a.yaml', GOOD);
    const second = workspace.write('b.yaml', GOOD.replace('name: web', 'name: other'));
    const { code, stdout } = await workspace.run(['validate', '-o', 'json', first, second]);
    const { findings } = JSON.parse(stdout) as { findings: { rule: string; file: string }[] };
    expect(code).toBe(1);
    expect(findings.map(({ rule, file }) => [rule, file])).toEqual([
      ['revision/contested-instance', first],
      ['revision/contested-instance', second],
    ]);
  });

  it('reads standard input', async () => {
    await using workspace = await Workspace.open([]);
    const { code, stdout } = await workspace.run(['validate', '-'], { stdin: BAD });
    expect(code).toBe(1);
    expect(stdout).toContain('<stdin>:5:3: error');
    const policy = await workspace.run(['validate', '-'], {
      stdin: 'apiVersion: cvmsg.dev/v1alpha1\nkind: CvmsgPolicy\n',
    });
    expect(policy.stdout).toContain("note: the policy in '<stdin>' is judged with --policy FILE\n");
  });

  it('writes SARIF 2.1.0 with the place of each result', async () => {
    await using workspace = await Workspace.open([]);
    workspace.write('bad.yaml', BAD);
    const { code, stdout } = await workspace.run(['validate', '-o', 'sarif', 'bindings'], {
      cwd: workspace.folder,
    });
    const log = JSON.parse(stdout) as {
      version: string;
      runs: { tool: { driver: { rules: { id: string }[] } }; results: Record<string, unknown>[] }[];
    };
    expect(code).toBe(1);
    expect(log.version).toBe('2.1.0');
    const [run] = log.runs;
    expect(run?.results).toHaveLength(2);
    expect(run?.results[0]).toMatchObject({
      ruleId: 'schema/unknown-field',
      level: 'error',
      message: { text: expect.stringContaining('did you mean `region`?') as string },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'bindings/bad.yaml' },
            region: { startLine: 5, startColumn: 3 },
          },
        },
      ],
    });
    const rules = run?.tool.driver.rules.map(({ id }) => id) ?? [];
    for (const result of run?.results ?? []) expect(rules[result.ruleIndex as number]).toBe(result.ruleId);
  });

  it('says which path cannot be read', async () => {
    await using workspace = await Workspace.open([]);
    const { code, stderr } = await workspace.run(['validate', '/nonexistent']);
    expect(stderr).toContain('"/nonexistent" cannot be read');
    expect(code).toBe(1);
  });
});
