import { describe, expect, it } from 'vitest';
import { A, B, bindingText, instanceId, Workspace } from './workspace.ts';

describe.concurrent('a value that is empty', () => {
  it('is not the present directory: apply writes nothing of what lies there', async () => {
    await using workspace = await Workspace.open([[B, A]]);
    workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [A, B] }));
    const { code, stdout, stderr } = await workspace.run(['apply', '', '--yes'], { cwd: workspace.bindings });
    expect(workspace.list(0)).toEqual([B, A]);
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr: 'error: <DIR>: Expected a value, got nothing\n',
    });
  });

  it.each([
    { args: ['plan', ''], named: '<DIR>' },
    { args: ['validate', ''], named: '[PATHS...]' },
    { args: ['validate', '.', ''], named: '[PATHS...]' },
    { args: ['import', '--from', 'terraform-state', ''], named: '<FILE>' },
    { args: ['get', ''], named: '[KIND]' },
    { args: ['run', '--source', ''], named: '--source' },
    { args: ['run', '--kubernetes', '--namespace', ''], named: '--namespace' },
    { args: ['export', '--region', 'gz', '--tag', ''], named: '--tag' },
    { args: ['export', '--region', 'gz', '--all', '--out', ''], named: '--out' },
    { args: ['rollback', '--to', '1', '--write', ''], named: '--write' },
    { args: ['plan', '.', '--policy', ''], named: '--policy' },
    { args: ['plan', '.', '--state-dir', ''], named: '--state-dir' },
    { args: ['plan', '.', '--config', ''], named: '--config' },
  ])('is refused: $args', async ({ args, named }) => {
    await using workspace = await Workspace.open([[B, A]]);
    workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [A, B] }));
    const { code, stdout, stderr } = await workspace.run(args, { cwd: workspace.bindings });
    expect(stderr).toContain(named);
    expect(stderr).toContain('Expected a value, got nothing');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });
});
