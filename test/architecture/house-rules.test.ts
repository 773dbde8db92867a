/** Rules of the house that no linter knows. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
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
    const time = /\bDate\.now\(|new Date\(\)|\bset(?:Timeout|Interval|Immediate)\(|performance\.now\(/;
    expect(time.test('const now = Date.now();')).toBe(true);
    // What runs in a browser has the browser's own.
    expect(offenders(time, /^src\/(?:runtime\/(?:virtual-)?clock|http\/page\/script)\.ts$/)).toEqual([]);
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

  it('let only transition assign to the record of an instance', () => {
    expect(CHANGES_A_RECORD.test('record.failure = undefined;')).toBe(true);
    expect(CHANGES_A_RECORD.test('type Changing = { -readonly [Field in keyof InstanceRecord]: 1 };')).toBe(
      true,
    );
    const others = offenders(CHANGES_A_RECORD, /^src\/core\/transition\.ts$/);
    expect(others.filter((path) => /^src\/(?:core|controller)\//.test(path))).toEqual([]);
  });

  it('decide in twelve pure files, less than 1,500 lines of code together, that the map names', () => {
    const map = readFileSync('docs/design.md', 'utf8');
    const [, named = ''] = /What decides are twelve pure files([\s\S]*?)The safety checks/.exec(map) ?? [];
    const names = [...named.matchAll(/`([\w-]+\.ts)`/g)].map(([, name]) => `src/core/${name}`);
    expect(names).toHaveLength(12);
    expect(files).toEqual(expect.arrayContaining(names));
    const lines = names.flatMap((path) =>
      code(path)
        .split('\n')
        .filter((line) => line.trim() !== ''),
    );
    expect(lines.length).toBeGreaterThan(1_000);
    expect(lines.length).toBeLessThan(1_500);
  });

  it('ask the guards in one place', () => {
    const asks = /from '[^']*\bguard-chain\.ts'/;
    expect(asks.test("import { guard } from '../../core/guards/guard-chain.ts';")).toBe(true);
    expect(offenders(asks, /^src\/core\/decide\.ts$/)).toEqual([]);
    expect(files).toContain('src/core/guards/guard-chain.ts');
  });

  it('call a thing by the one word that the field has for it', () => {
    expect(namesIn('src/x/claim-verdict.ts', 'export class Narrator {}')).toEqual([
      'claim-verdict',
      'Narrator',
    ]);
    const names = files.flatMap((path) => namesIn(path, code(path)).map((name) => `${path}: ${name}`));
    expect(names).toEqual([]);
  });
});

describe('the parts of the controller', () => {
  it('tell of what happens by `changed` and `on…`, and are given no other function', () => {
    expect(functionsIn('export interface A { readonly mayRun: () => boolean; }')).toEqual(['mayRun']);
    expect(functionsIn('interface B {\n  readonly onEnd?: (one: Map<A, B>) => void;\n}')).toEqual([]);
    const members = files
      .filter((path) => path.startsWith('src/controller/'))
      .flatMap((path) => functionsIn(code(path)).map((name) => `${path}: ${name}`));
    expect(members).toEqual([]);
  });
});

describe('the folders of the controller', () => {
  it('import each other in one direction', () => {
    expect(
      circleIn(
        new Map([
          ['a', new Set(['b'])],
          ['b', new Set(['a'])],
        ]),
      ),
    ).toEqual(['a', 'b', 'a']);
    const folders = foldersOf('src/controller');
    expect([...folders.keys()].length).toBeGreaterThan(4);
    expect(circleIn(folders)).toEqual([]);
  });
});

const FIELDS =
  'observed|observedAtMs|missing|readFailure|epoch|writing|unconfirmed|mismatch|failure|readGroup|writeGroup|wasInSync|firstSeen|rewrites|lastWrite|awaitsOriginal|openIntents';
const CHANGES_A_RECORD = new RegExp(
  `\\brecord\\.(?:${FIELDS})(?: =(?!=)|\\+\\+)|-readonly \\[\\w+ in keyof InstanceRecord\\]`,
);

/** Words that this project had for things that the field has a word for. */
const OLD_WORDS = new Set(
  `intake verdict verdicts judge judges judged assess assessment standings pledge pledges safekeeping sighting sightings
  foresight foresee departure departures narrator told cohort cohorts regroup hurry persister unneeded torn rival rivals
  winner winners loser losers finding findings lane lanes admission admissions wave waves tally`.split(/\s+/),
);

/** Members of interfaces that are functions, but for those that tell of something that has happened. */
function functionsIn(text: string): string[] {
  const members = [...text.matchAll(/\breadonly (\w+)\??:\s*(?:<[^=;]*>)?\([^;=]*\)\s*=>/g)];
  return members.map(([, name = '']) => name).filter((name) => !/^(?:changed$|on[A-Z])/.test(name));
}

/** The names that a file gives to itself and to what it exports, as far as they hold an old word. */
function namesIn(path: string, text: string): string[] {
  const own = path.slice(path.lastIndexOf('/') + 1, -'.ts'.length);
  const exported = [
    ...text.matchAll(/\bexport (?:async )?(?:function\*?|class|interface|type|const) (\w+)/g),
  ];
  const names = [own, ...exported.map(([, name = '']) => name)];
  return names.filter((name) => wordsOf(name).some((word) => OLD_WORDS.has(word)));
}

/** `claim-index`, `ClaimIndex` and `CLAIM_INDEX` are the words claim and index. */
function wordsOf(name: string): string[] {
  return name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/);
}

/** Which folders of a room import which, without those that hold the room together at its top. */
function foldersOf(room: string): Map<string, Set<string>> {
  const folders = new Map<string, Set<string>>();
  for (const path of files.filter((one) => one.startsWith(`${room}/`))) {
    const from = relative(room, dirname(path));
    const targets = folders.get(from) ?? new Set<string>();
    folders.set(from, targets);
    for (const [, target = ''] of code(path).matchAll(/from '(\.[^']+)'/g)) {
      const to = normalize(join(dirname(path), target));
      if (to.startsWith(`${room}/`) && relative(room, dirname(to)) !== from)
        targets.add(relative(room, dirname(to)));
    }
  }
  return folders;
}

/** The first circle that there is, as a way that comes back to its beginning. */
function circleIn(graph: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const seek = (node: string, way: readonly string[]): string[] => {
    if (way.includes(node)) return [...way.slice(way.indexOf(node)), node];
    for (const next of graph.get(node) ?? []) {
      const found = seek(next, [...way, node]);
      if (found.length > 0) return found;
    }
    return [];
  };
  for (const node of graph.keys()) {
    const found = seek(node, []);
    if (found.length > 0) return found;
  }
  return [];
}
