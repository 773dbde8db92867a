/** What kustomize and Helm make of the manifests, as objects that can be compared. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { controlPlaneBinaries } from '../cluster/control-plane/binaries.ts';
import { helmBinary } from '../cluster/control-plane/helm.ts';

export const MANIFESTS = fileURLToPath(new URL('../../manifests', import.meta.url));
export const CHART = join(MANIFESTS, 'helm/cvmsg');
export const NAMESPACE = 'cvmsg-system';

export interface RenderedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: unknown;
  readonly rules?: unknown;
}

/** The objects that `kubectl kustomize` makes of a folder below manifests/. */
export async function kustomized(folder: string): Promise<readonly RenderedObject[]> {
  const { kubectl } = await controlPlaneBinaries();
  return objectsOf(execFileSync(kubectl, ['kustomize', join(MANIFESTS, folder)], { encoding: 'utf8' }));
}

/** The objects of an overlay with the component that mounts a policy, as its comment says. */
export function kustomizedWithPolicy(overlay: string, policy: string): Promise<readonly RenderedObject[]> {
  return kustomizedWith(overlay, 'components/policy', {
    kustomization: {
      configMapGenerator: [{ name: 'cvmsg-policy', namespace: NAMESPACE, files: ['policy.yaml'] }],
    },
    files: { 'policy.yaml': policy },
  });
}

interface MoreOfKustomization {
  readonly kustomization?: object;
  readonly files?: Readonly<Record<string, string>>;
}

/** The objects of an overlay with a component. */
export async function kustomizedWith(
  overlay: string,
  component: string,
  { kustomization: more = {}, files = {} }: MoreOfKustomization = {},
): Promise<readonly RenderedObject[]> {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'cvmsg-kustomize-'));
  try {
    const from = (path: string) => relative(folder, join(realpathSync(MANIFESTS), path));
    const kustomization = {
      resources: [from(`overlays/${overlay}`)],
      components: [from(component)],
      ...more,
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify(kustomization));
    const { kubectl } = await controlPlaneBinaries();
    return objectsOf(execFileSync(kubectl, ['kustomize', folder], { encoding: 'utf8' }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The objects that `helm template` makes of the chart. @throws with Helm's words when it refuses the values. */
export async function templated(values: object = {}): Promise<readonly RenderedObject[]> {
  return objectsOf(await helm(['template', 'cvmsg', CHART, '-n', NAMESPACE, '--include-crds'], values));
}

/** Runs Helm with some values. @throws with its stderr when it fails. */
export async function helm(args: readonly string[], values: object = {}): Promise<string> {
  return execFileSync(await helmBinary(), [...args, '--values', '-'], {
    encoding: 'utf8',
    input: JSON.stringify(values),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/** The objects of a file. */
export function objectsIn(path: string): readonly RenderedObject[] {
  return objectsOf(readFileSync(path, 'utf8'));
}

function objectsOf(text: string): readonly RenderedObject[] {
  return parseAllDocuments(text).flatMap((document) => document.toJS() ?? []);
}

/** Labels that only Helm sets, on every object. */
const OF_HELM = ['app.kubernetes.io/managed-by', 'app.kubernetes.io/version', 'helm.sh/chart'];

/** The objects by `Kind namespace/name`, without what the two tools must say differently. */
export function comparable(objects: readonly RenderedObject[]): Readonly<Record<string, unknown>> {
  const entries = objects
    // Helm installs into a namespace that is there.
    .filter(({ kind }) => kind !== 'Namespace')
    .map((object) => [
      `${object.kind} ${object.metadata.namespace ?? ''}/${object.metadata.name}`,
      bare(object),
    ]);
  return Object.fromEntries(entries.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)));
}

function bare(object: RenderedObject): RenderedObject {
  const labels = Object.entries(object.metadata.labels ?? {}).filter(([name]) => !OF_HELM.includes(name));
  return { ...object, metadata: { ...object.metadata, labels: Object.fromEntries(labels) } };
}
