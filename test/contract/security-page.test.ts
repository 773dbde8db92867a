import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const COLUMNS = ['promise', 'what holds it', 'the test that shows it', 'what remains with the operator'];

/** Cells of the table of promises, the head first. */
const rows = readFileSync('docs/security.md', 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
const promises = rows.slice(1).map(([promise = '', holder = '', tests = '']) => ({ promise, holder, tests }));

describe('the page of promises', () => {
  it('has a table with four columns, and a promise in each row', () => {
    expect(rows[0]).toEqual(COLUMNS);
    expect(promises.length).toBeGreaterThan(10);
    expect(rows.filter((cells) => cells.length !== COLUMNS.length)).toEqual([]);
  });

  it.each(promises)('names what holds it, and tests that there are: $promise', ({ holder, tests }) => {
    const files = [...holder.matchAll(/`((?:src|scripts|manifests)\/[^`]+|Dockerfile)`/g)].map(
      ([, file]) => file,
    );
    expect(files.filter((file) => !existsSync(file ?? ''))).toEqual([]);
    expect(holder).not.toBe('');
    const named = tests.split('<br>');
    for (const one of named) {
      const [, file = '', title = ''] = /^`([^`]+)`: (.+)$/.exec(one) ?? [];
      expect(existsSync(file), one).toBe(true);
      expect(
        titlesOf(file).some((words) => words.includes(title)),
        one,
      ).toBe(true);
    }
  });

  it('would notice a test that is gone', () => {
    expect(titlesOf('test/cli/links.test.ts').some((words) => words.includes('leads nothing anywhere'))).toBe(
      false,
    );
  });
});

/** Every text of a test file that may name a test: the titles, and the reasons that stand in them. */
function titlesOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/(['"`])((?:\\.|(?!\1)[^\\\n])+)\1/g)].map(([, , words = '']) => words);
}
