import { describe, expect, it } from 'vitest';
import { mutantsOf } from '../../scripts/mutation/mutants.ts';
import { stagesFor } from '../../scripts/mutation/suites.ts';

const changes = (text: string) => mutantsOf('a.ts', text).map(({ line, change }) => `${line}: ${change}`);

describe('mutants of a source', () => {
  it.each([
    { text: 'const a = x && y;', found: ['1: x && y -> x || y'] },
    { text: 'const a = x <= y;', found: ['1: x <= y -> x < y'] },
    { text: 'if (x) y();', found: ['1: x -> !(x)', '1: y(); -> ;'] },
    { text: 'const a = !x;', found: ['1: !x -> x'] },
    { text: 'const a = b.some(f);', found: ['1: some -> every'] },
    { text: 'const a = true;', found: ['1: true -> false'] },
    { text: 'const a = 8;', found: ['1: 8 -> 9'] },
    { text: "const a = ['up', 'down'];", found: ["1: 'up' -> 'down'", "1: 'down' -> 'up'"] },
    { text: 'function f() { return g(); }', found: ['1: g() -> undefined as never'] },
  ])('of $text are $found', ({ text, found }) => {
    expect(changes(text)).toEqual(found);
  });

  it.each([
    "import { a } from 'word';",
    "type A = 'up' | 'down';",
    'const a: 8 = b as 8;',
    'const a = 60_000;',
    'log.info({ a: b() });',
    'const a = b.toString();',
    "const a = b + 'text';",
  ])('of %s there are none', (text) => {
    expect(changes(text)).toEqual([]);
  });

  it('differ from the source in one place, also after letters of several bytes', () => {
    const text = '// “so”\nconst a = x < y; // é\nconst b = 1;\n';
    const [less] = mutantsOf('a.ts', text);
    expect(less).toMatchObject({ line: 2, text: '// “so”\nconst a = x <= y; // é\nconst b = 1;\n' });
  });

  it('are the same whatever was read before', () => {
    const text = 'const a = x && y;';
    expect(mutantsOf('a.ts', text)).toEqual(mutantsOf('a.ts', text));
  });
});

describe('the stages for a mutant', () => {
  const [own, others, simulation, ...worlds] = stagesFor('.', 'src/core/plan.ts');
  const rooms = (files: readonly string[] = []) =>
    [...new Set(files.map((file) => file.split('/')[1]))].sort();

  it('begin with the test that bears its name', () => {
    expect(own?.files[0]).toBe('src/core/plan.test.ts');
    expect(rooms(own?.files)).toEqual(['core']);
  });

  it('go on with the tests of every other room that is mutated', () => {
    expect(rooms(others?.files)).toEqual(['controller', 'directory', 'kubernetes', 'store']);
  });

  it('end with histories and whole worlds', () => {
    expect(simulation?.files).toEqual(['test/simulation/simulation.test.ts']);
    expect(worlds.map(({ name, files }) => [name, files.length > 0])).toEqual([
      ['test/directory', true],
      ['test/faults', true],
    ]);
  });
});
