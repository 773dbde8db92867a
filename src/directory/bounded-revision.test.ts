import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentListener } from '../../test/faults/silent-listener.ts';
import type { BindingKey } from '../api/ids.ts';
import { silentLog } from '../runtime/log.ts';
import { VirtualClock } from '../runtime/virtual-clock.ts';
import { CommitTable } from '../store/sqlite/commit-table.ts';
import { DeclarationTable } from '../store/sqlite/declaration-table.ts';
import { openInMemory } from '../store/sqlite/state-file.ts';
import { DirectorySource } from './directory-source.ts';
import { diskTree } from './file-tree.ts';
import { noWatch } from './watcher.ts';

let root = '';
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'cvmsg-bounded-')));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const text = (name: string, ids = ['ins-4q118hl2']) =>
  `apiVersion: cvmsg.dev/v1alpha1\nkind: CvmSecurityGroupBinding\nmetadata: { name: ${name}, namespace: shop }\nspec: { region: ap-guangzhou, instanceIds: [${ids.join(', ')}], sgIds: [sg-1sdj39df] }\n`;
const write = (file: string, content: string) => writeFileSync(join(root, file), content);

/** A source over the folder, with what it has said. */
function follow({ maxBytes = 32 * 1024 * 1024, store = new DeclarationTable(openInMemory().database) } = {}) {
  const clock = new VirtualClock();
  const stop = new AbortController();
  const problems: (string | undefined)[] = [];
  const diagnostics: number[] = [];
  const source = new DirectorySource({
    root,
    tree: diskTree,
    clock,
    log: silentLog,
    store,
    commits: new CommitTable(openInMemory().database),
    watch: noWatch,
    maxBytes,
  });
  const run = source.run(
    {
      ...silentListener,
      changed: () => {},
      revision: (report) => void diagnostics.push(report.diagnostics.length),
      problem: (problem) => problems.push(problem?.message),
    },
    stop.signal,
  );
  return {
    problems,
    diagnostics,
    look: () => clock.advance(5_000),
    declared: () => [...source.keys()].sort(),
    invalid: (key: string) => source.get(key as BindingKey)?.invalid,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await run;
    },
  };
}

describe('a revision that is too large', () => {
  it('is refused with its largest files, and the last one stays', async () => {
    write('web.yaml', text('web'));
    await using seen = follow({ maxBytes: 1024 * 1024 });
    await seen.look();
    write('db.yaml', text('db', ['ins-0a1b2c3d']));
    for (const [file, kib] of Object.entries({ 'large.json': 700, 'larger.yml': 800, 'small.yaml': 1 }))
      write(file, `# ${'x'.repeat(kib * 1024)}\n`);
    await seen.look();
    expect(seen.declared()).toEqual(['shop/web']);
    expect(seen.problems.at(-1)).toMatch(
      /: its YAML files have 1\.5 MiB together, and at most 1\.0 MiB are read \(--max-revision-mib\); the largest are "larger\.yml" \(0\.8 MiB\), "large\.json" \(0\.7 MiB\), .*; nothing is changed for it$/,
    );
    rmSync(join(root, 'larger.yml'));
    await seen.look();
    expect(seen.declared()).toEqual(['shop/db', 'shop/web']);
    expect(seen.problems.at(-1)).toBeUndefined();
  });

  it('counts of a file what would be read of it', async () => {
    write('web.yaml', text('web'));
    write('huge.json', `"${'x'.repeat(8 * 1024 * 1024)}"`);
    await using seen = follow({ maxBytes: 2 * 1024 * 1024 });
    await seen.look();
    expect(seen.declared()).toEqual(['shop/web']);
  });
});

describe('a file in which nothing of ours is left', () => {
  it('keeps the binding that it held when it breaks, also over a restart', async () => {
    const store = new DeclarationTable(openInMemory().database);
    write('web.yaml', text('web'));
    write('db.yaml', text('db', ['ins-0a1b2c3d']));
    {
      await using seen = follow({ store });
      await seen.look();
      write('web.yaml', 'kind: [');
      await seen.look();
      expect(seen.declared()).toEqual(['shop/db', 'shop/web']);
      expect(seen.invalid('shop/web')).toMatch(/^web\.yaml:1:/);
    }
    await using seen = follow({ store });
    await seen.look();
    expect(seen.declared()).toEqual(['shop/db', 'shop/web']);
  });

  it('holds up nobody when it never held one', async () => {
    write('web.yaml', text('web'));
    write('db.yaml', text('db', ['ins-0a1b2c3d']));
    mkdirSync(join(root, 'chart'));
    write('chart/deployment.yaml', 'kind: Deployment\nreplicas: {{ .Values.replicas }}\n  {{- end }}\n');
    await using seen = follow();
    await seen.look();
    rmSync(join(root, 'web.yaml'));
    await seen.look();
    expect(seen.declared()).toEqual(['shop/db']);
    expect(seen.diagnostics).toEqual([0, 0]);
  });
});
