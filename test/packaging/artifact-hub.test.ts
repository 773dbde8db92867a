/** What Artifact Hub shows of the chart is true, and has the forms that Artifact Hub documents. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

/** https://artifacthub.io/docs/topics/annotations/helm */
const KNOWN = new Set(
  `alternativeName category changes containsSecurityUpdates crds crdsExamples images license links maintainers
  operator operatorCapabilities prerelease recommendations screenshots signKey`
    .split(/\s+/)
    .map((name) => `artifacthub.io/${name}`),
);
const CATEGORIES = [
  'ai-machine-learning',
  'database',
  'integration-delivery',
  'monitoring-logging',
  'networking',
  'security',
  'storage',
  'streaming-messaging',
];
const SITE = 'https://cvmsg.dev';

interface Link {
  readonly name: string;
  readonly url: string;
}

const yaml = (path: string) => parse(readFileSync(path, 'utf8'));
const chart = yaml('manifests/helm/cvmsg/Chart.yaml');
const annotations: Readonly<Record<string, string>> = chart.annotations ?? {};
const annotation = (name: string) => parse(annotations[`artifacthub.io/${name}`] ?? '');

describe('the metadata of the chart', () => {
  it('uses annotations only that Artifact Hub knows, each a text as Helm asks for', () => {
    expect(Object.keys(annotations).filter((name) => !KNOWN.has(name))).toEqual([]);
    expect(Object.values(annotations).filter((value) => typeof value !== 'string')).toEqual([]);
  });

  it('names a category of Artifact Hub and the licence of the program', () => {
    expect(CATEGORIES).toContain(annotation('category'));
    expect(annotation('license')).toBe(JSON.parse(readFileSync('package.json', 'utf8')).license);
  });

  it('is a pre-release while the resource is an alpha', () => {
    const [{ name }] = yaml('crds/cvmsecuritygroupbindings.yaml').spec.versions;
    expect(annotation('prerelease')).toBe(/alpha|beta/.test(name));
  });

  it('describes every CRD that the chart installs, by its own names and version', () => {
    const folder = 'manifests/helm/cvmsg/crds';
    const installed = readdirSync(folder).map((file) => {
      const { metadata, spec } = yaml(`${folder}/${file}`);
      return { kind: spec.names.kind, version: spec.versions[0].name, name: metadata.name };
    });
    expect(annotation('crds')).toEqual(
      installed.map((crd) => ({ ...crd, displayName: expect.any(String), description: expect.any(String) })),
    );
  });

  it('shows the sample binding as it is, which reports and writes nothing', () => {
    const examples = annotation('crdsExamples');
    expect(examples).toEqual([yaml('manifests/samples/binding.yaml')]);
    expect(examples[0].spec.mode).toBe('Observe');
  });

  it('leads to the one site, and to pages that there are', () => {
    const links: readonly Link[] = annotation('links');
    expect(links.length).toBeGreaterThan(2);
    const urls = [chart.home, ...chart.sources, ...links.map(({ url }) => url)];
    expect(urls.filter((url) => url !== SITE && !url.startsWith(`${SITE}/`))).toEqual([]);
    const pages = urls.filter((url) => url !== SITE).map((url) => url.slice(SITE.length + 1));
    expect(pages.filter((page) => !existsSync(page))).toEqual([]);
  });
});

describe('the file about the repository of charts', () => {
  it('has fields only that Artifact Hub reads, hides no package, and names nobody by a made-up identity', () => {
    const repository = yaml('manifests/helm/artifacthub-repo.yml');
    const known = ['repositoryID', 'owners', 'ignore'];
    expect(Object.keys(repository).filter((name) => !known.includes(name))).toEqual([]);
    expect(repository.ignore).toEqual([]);
    const { repositoryID, owners = [] } = repository;
    if (repositoryID !== undefined)
      expect(repositoryID).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    for (const owner of owners)
      expect(owner).toEqual({ name: expect.any(String), email: expect.any(String) });
  });
});
