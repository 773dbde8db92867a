/** Files that have to stand in a second place as they are: Helm and kustomize read nothing outside their own folders. */
import { readFileSync } from 'node:fs';
import type { GeneratedFile } from './generated-file.ts';

const COPIES: readonly { readonly from: string; readonly to: readonly string[] }[] = [
  {
    from: 'crds/cvmsecuritygroupbindings.yaml',
    to: [
      'manifests/crd/cvmsecuritygroupbindings.yaml',
      'manifests/helm/cvmsg/crds/cvmsecuritygroupbindings.yaml',
    ],
  },
  {
    from: 'manifests/monitoring/prometheus-rule.yaml',
    to: ['manifests/helm/cvmsg/files/prometheus-rule.yaml'],
  },
  {
    from: 'manifests/components/admission/admission.yaml',
    to: ['manifests/helm/cvmsg/files/admission.yaml'],
  },
  { from: 'manifests/monitoring/dashboard.json', to: ['manifests/helm/cvmsg/files/dashboard.json'] },
];

/** Each copy, from its original as it is now. */
export function copies(): readonly GeneratedFile[] {
  return COPIES.flatMap(({ from, to }) => {
    const text = readFileSync(new URL(`../${from}`, import.meta.url), 'utf8');
    return to.map((path) => ({ path, text }));
  });
}
