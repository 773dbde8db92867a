import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import { describe, expect, it } from 'vitest';
import { readUsingDeclarations } from './swc-visitor.ts';

readUsingDeclarations();
const options = await extractDepcruiseOptions('./.dependency-cruiser.mjs');

async function violations(baseDir: string): Promise<{ rules: string[]; modules: number }> {
  const { output } = await cruise(['src'], { ...options, baseDir });
  const { summary, modules } = output as ICruiseResult;
  return {
    rules: summary.violations.map((one) => `${one.rule.name}: ${one.from} -> ${one.to}`),
    modules: modules.length,
  };
}

/** A tree of one file that imports another, where no rule but the planted one is broken. */
function plant(from: string, target: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'planted-'));
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  put('package.json', '{ "type": "module" }');
  if (target.startsWith('src/') || target.startsWith('test/')) {
    put(target, 'export const planted = 1;\n');
    const depth = from.split('/').length - 1;
    put(from, `import { planted } from '${'../'.repeat(depth)}${target}';\nexport const used = planted;\n`);
  } else {
    put(from, `import * as planted from '${target}';\nexport const used = planted;\n`);
  }
  return folder;
}

describe('the import rules', () => {
  it('hold in src, every file of which was read', async () => {
    const { rules, modules } = await violations(process.cwd());
    expect(rules).toEqual([]);
    expect(modules).toBeGreaterThan(150);
  });

  it.each([
    { rule: 'api-stands-alone', from: 'src/api/a.ts', to: 'src/core/b.ts' },
    { rule: 'core-is-pure', from: 'src/core/a.ts', to: 'src/runtime/b.ts' },
    { rule: 'core-has-no-library', from: 'src/core/a.ts', to: 'node:fs' },
    { rule: 'runtime-knows-no-domain', from: 'src/runtime/a.ts', to: 'src/core/b.ts' },
    { rule: 'documents-know-only-the-contract', from: 'src/documents/a.ts', to: 'src/core/b.ts' },
    { rule: 'ports-are-types-over-the-core', from: 'src/ports/a.ts', to: 'src/documents/b.ts' },
    { rule: 'cloud-meets-the-others-in-the-manager', from: 'src/cloud/a.ts', to: 'src/store/b.ts' },
    { rule: 'directory-meets-the-others-in-the-manager', from: 'src/directory/a.ts', to: 'src/cloud/b.ts' },
    { rule: 'kubernetes-meets-the-others-in-the-manager', from: 'src/kubernetes/a.ts', to: 'src/store/b.ts' },
    { rule: 'store-meets-the-others-in-the-manager', from: 'src/store/a.ts', to: 'src/directory/b.ts' },
    { rule: 'controller-sees-ports-only', from: 'src/controller/a.ts', to: 'src/cloud/provider.ts' },
    { rule: 'controller-sees-ports-only', from: 'src/controller/a.ts', to: 'src/documents/b.ts' },
    { rule: 'manager-knows-no-command-line', from: 'src/manager/a.ts', to: 'src/cli/b.ts' },
    { rule: 'http-shows-what-it-is-given', from: 'src/http/a.ts', to: 'src/controller/b.ts' },
    { rule: 'wire-stays-in-the-cloud-room', from: 'src/cli/a.ts', to: 'src/cloud/v2/b.ts' },
    { rule: 'simulator-shares-nothing', from: 'src/simulator/a.ts', to: 'src/cloud/b.ts' },
    { rule: 'simulator-is-a-product-of-the-command-line', from: 'src/cloud/a.ts', to: 'src/simulator/b.ts' },
    { rule: 'only-the-store-knows-sqlite', from: 'src/cli/a.ts', to: 'node:sqlite' },
    { rule: 'product-knows-no-test', from: 'src/cli/a.ts', to: 'test/b.ts' },
  ])('refuse $from -> $to by $rule', async ({ rule, from, to }) => {
    const folder = plant(from, to);
    try {
      const { rules } = await violations(folder);
      expect(rules.map((one) => one.split(':')[0])).toContain(rule);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('say in a sentence what to do instead', () => {
    for (const { name, comment } of options.ruleSet?.forbidden ?? []) {
      expect(comment, name).toMatch(/^[A-Z].{30,}\.$/);
    }
  });
});
