import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { logged } from './program.ts';
import { until } from './until.ts';
import { A, B, bindingText, C, instanceId, Workspace } from './workspace.ts';

/** A repository that publishes as git-sync does: a worktree for each commit, and a link that is renamed over. */
class Publisher {
  readonly link: string;
  readonly #repository: string;
  readonly #root: string;

  constructor(folder: string) {
    this.#repository = join(folder, 'repository');
    this.#root = join(folder, 'git');
    this.link = join(this.#root, 'current');
    mkdirSync(this.#repository);
    mkdirSync(this.#root);
    this.#git('init', '--quiet', '--initial-branch=main');
  }

  /** Commits this content, publishes it and returns the commit. */
  publish(files: Readonly<Record<string, string>>): string {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(this.#repository, name), text);
    this.#git('add', '--all');
    this.#git('-c', 'user.name=t', '-c', 'user.email=t@example.com', 'commit', '--quiet', '-m', 'change');
    const commit = this.#git('rev-parse', 'HEAD').trim();
    this.#git('worktree', 'add', '--quiet', '--detach', join(this.#root, commit), commit);
    symlinkSync(commit, `${this.link}.new`);
    renameSync(`${this.link}.new`, this.link);
    return commit;
  }

  vanish(): void {
    rmSync(this.#root, { recursive: true });
  }

  #git(...args: string[]): string {
    return execFileSync('git', args, { cwd: this.#repository, encoding: 'utf8' });
  }
}

describe('a git repository that is published by worktree and link', () => {
  it('is followed commit by commit; a broken commit and a deleted directory disturb nothing', async () => {
    await using workspace = await Workspace.open([[B, A], [B]]);
    const publisher = new Publisher(workspace.folder);
    const web = bindingText({ instances: [instanceId(0)], groups: [A, B] });
    const db = bindingText({ name: 'db', instances: [instanceId(1)], groups: [B] });
    const first = publisher.publish({ 'web.yaml': web, 'db.yaml': db });
    const program = workspace.start(['run', '--source', publisher.link, '--interval', '300ms']);
    await until('the first commit', () => workspace.list(0).join() === `${A},${B}`);

    const second = publisher.publish({ 'web.yaml': web.replace(`[${A}, ${B}]`, `[${C}, ${A}]`) });
    await until('the second commit', () => workspace.list(0).join() === `${C},${A}`);
    const rows = await until('the commit in get', async () => {
      const { stdout } = await workspace.run(['get', '-o', 'json']);
      const { items } = JSON.parse(stdout) as {
        items: { metadata: { name: string }; status: { revision: string } }[];
      };
      return items.some(({ status }) => status.revision === second) && items;
    });
    // What did not change still says at which commit it was declared.
    expect(rows.map(({ metadata, status }) => [metadata.name, status.revision])).toEqual([
      ['db', first],
      ['web', second],
    ]);
    expect((await workspace.run(['get'])).stdout).toContain(`revision ${second}`);
    const words = { author: 't', subject: 'change', authoredAt: expect.stringMatching(/^20/) };
    await until('who made the commits', async () => {
      const { stdout } = await workspace.run(['history', '--revisions', '-o', 'json']);
      const revisions = JSON.parse(stdout) as { revision: string; commit?: object }[];
      if (revisions.some(({ commit }) => commit === undefined)) return false;
      expect(revisions.map(({ revision, commit }) => [revision, commit])).toEqual([
        [second, words],
        [first, words],
      ]);
      return true;
    });
    expect((await workspace.run(['history', '--revisions'])).stdout).toMatch(/ COMMIT\n.* t: change\n/);

    const broken = publisher.publish({
      'web.yaml': web.replace('sgIds:', 'sgIDs:'),
      'db.yaml': db.replace(`[${B}]`, `[${B}, ${A}]`),
    });
    await until('the valid document of the broken commit', () => workspace.list(1).join() === `${B},${A}`);
    const get = await workspace.run(['get']);
    expect(get.stdout).toContain(`revision ${broken}`);
    expect(get.stdout).toContain(
      `${publisher.link}/web.yaml:7:3: spec.sgIDs is not a field; did you mean \`sgIds\`?`,
    );
    expect(get.stdout).toContain(
      'stays in force for 1 binding with an invalid or unreadable document: shop/web',
    );
    expect(workspace.list(0)).toEqual([C, A]);

    publisher.vanish();
    await program.says('is missing or incomplete');
    workspace.simulator.state.setList(instanceId(0), [A, C]);
    await until('drift to be repaired all the same', () => workspace.list(0).join() === `${C},${A}`);
    expect((await workspace.run(['get'])).stdout).toContain('nothing is changed for it');

    const { code, stderr } = await program.stop();
    expect(logged(stderr)).toContainEqual(
      expect.stringContaining(`${publisher.link}/web.yaml:7:3: spec.sgIDs`),
    );
    expect(code).toBe(0);
    expect(workspace.list(1)).toEqual([B, A]);
  });
});
