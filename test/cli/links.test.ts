import { mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { A, B, bindingText, C, instanceId, Workspace } from './workspace.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

/** A folder beside the repository that whoever writes the repository wants to have written. */
function victim(workspace: Workspace): string {
  const folder = join(workspace.folder, 'victim');
  mkdirSync(folder);
  writeFileSync(join(folder, 'keep.yaml'), 'keep');
  return folder;
}

describe('a link in a directory of bindings', () => {
  it.each([
    { reason: 'the folder of approvals', place: 'approvals', to: '' },
    { reason: 'the approval itself', place: 'approvals/aaaaaaaaaaaa.yaml', to: 'new.yaml' },
    {
      reason: 'the draft that earlier programs wrote',
      place: 'approvals/.aaaaaaaaaaaa.yaml.draft',
      to: 'keep.yaml',
    },
  ])('leads no approval out of it: $reason', async ({ place, to }) => {
    await using workspace = await Workspace.open([[A, B]]);
    const folder = victim(workspace);
    if (place.includes('/')) mkdirSync(join(workspace.bindings, 'approvals'));
    symlinkSync(join(folder, to), join(workspace.bindings, place));
    const { code, stderr } = await workspace.run(['approve', DIGEST, '--source', workspace.bindings]);
    if (!place.endsWith('.draft')) {
      expect(stderr).toContain('is a symbolic link');
      expect(code).toBe(1);
    }
    expect(readdirSync(folder)).toEqual(['keep.yaml']);
    expect(readFileSync(join(folder, 'keep.yaml'), 'utf8')).toBe('keep');
  });

  it.each(['team', 'team/web.yaml'])('leads no document of a rollback out of it: %s', async (place) => {
    await using workspace = await Workspace.open([[B, A]]);
    const folder = victim(workspace);
    const document = (groups: readonly string[]) => bindingText({ instances: [instanceId(0)], groups });
    for (const groups of [
      [A, B],
      [A, C],
    ]) {
      workspace.write('team/web.yaml', document(groups));
      expect((await workspace.run(['apply', workspace.bindings, '--yes'])).code).toBe(0);
    }
    const path = join(workspace.bindings, place);
    renameSync(path, `${path}.away`);
    symlinkSync(place === 'team' ? folder : join(folder, 'keep.yaml'), path);
    const args = ['rollback', '--to', 'latest~1', '--write', workspace.bindings];
    const { code, stderr } = await workspace.run(args);
    expect(stderr).toContain('is a symbolic link');
    expect(code).toBe(1);
    expect(readdirSync(folder)).toEqual(['keep.yaml']);
    expect(readFileSync(join(folder, 'keep.yaml'), 'utf8')).toBe('keep');
  });

  it('leads no exported document out of it', async () => {
    await using workspace = await Workspace.open([[B, A]]);
    const folder = victim(workspace);
    const exported = ['export', '--region', 'ap-guangzhou', '--all', '--out', workspace.bindings];
    expect((await workspace.run(exported)).code).toBe(0);
    const [name = ''] = readdirSync(workspace.bindings);
    const path = join(workspace.bindings, name);
    renameSync(path, join(folder, 'keep.yaml'));
    symlinkSync(join(folder, 'keep.yaml'), path);
    const before = readFileSync(path, 'utf8');
    for (const groups of [
      [A, C],
      [B, A],
    ]) {
      workspace.simulator.state.setList(instanceId(0), groups);
      await workspace.run(exported);
      expect(readdirSync(folder)).toEqual(['keep.yaml']);
      expect(readFileSync(join(folder, 'keep.yaml'), 'utf8')).toBe(before);
    }
  });
});
