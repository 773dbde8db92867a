import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

/** What of the page a process loads that imports these. */
function loadedBy(...modules: readonly string[]): string {
  const program = `
    import { registerHooks } from 'node:module';
    registerHooks({ load(url, context, next) {
      if (/node_modules\\/@?hono\\/|src\\/http\\/page\\//.test(url)) console.log(url);
      return next(url, context);
    } });
    for (const path of ${JSON.stringify(modules)}) await import(path);`;
  return execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
}

it('is not loaded by a run that was not asked for it', () => {
  expect(loadedBy('./src/http/page/routes.ts')).toContain('node_modules/hono/');
  expect(loadedBy('./src/cli/run/perform-run.ts', './src/manager/kubernetes-setup.ts')).toBe('');
});
