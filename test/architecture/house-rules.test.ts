/** Rules of the house that no linter knows. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.endsWith('.generated.ts'))
  .map((path) => join('src', path));

const code = (path: string) => readFileSync(path, 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');

/** Files outside `allowed` whose code holds the pattern. */
function offenders(pattern: RegExp, allowed: RegExp): string[] {
  return files.filter((path) => !allowed.test(path) && pattern.test(code(path)));
}

describe('the house rules', () => {
  it('see the files of every room', () => {
    expect(files.length).toBeGreaterThan(120);
  });

  it('let only the clock read the time and set timers', () => {
    const time = /\bDate\.now\(|new Date\(\)|\bset(?:Timeout|Interval)\(|performance\.now\(/;
    expect(time.test('const now = Date.now();')).toBe(true);
    expect(offenders(time, /^src\/runtime\/clock\.ts$/)).toEqual([]);
  });

  it('let only the random source draw', () => {
    const chance = /Math\.random\(|\brandomBytes\(|\brandomUUID\(|\brandomInt\(/;
    expect(offenders(chance, /^src\/runtime\/random\.ts$/)).toEqual([]);
  });

  it('let only the command line write to the terminal, end the process or read its environment', () => {
    const process = /\bconsole\.|process\.(?:exit|stdout|stderr|env|on)\b/;
    expect(offenders(process, /^src\/(?:cli\/|main\.ts$)/)).toEqual([]);
  });

  it('keep files short enough for one concept', () => {
    const long = files.filter((path) => readFileSync(path, 'utf8').split('\n').length > 400);
    expect(long).toEqual([]);
  });

  it('export by name', () => {
    expect(offenders(/\bexport default\b/, /^$/)).toEqual([]);
  });
});
