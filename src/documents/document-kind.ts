/** Decides whether a document is ours, foreign, a list, or a mistake. */

import { BINDING_CRD } from '../api/crd.generated.ts';
import { nearestName } from '../api/nearest-name.ts';
import { POLICY_KIND } from '../api/policy-document.ts';
import { bounded, type Problem, quote } from '../api/problem.ts';
import { API_VERSION, KIND } from '../api/resource.ts';
import { APPROVAL_KIND } from './approval-document.ts';

const GROUP = BINDING_CRD.spec.group;
const { listKind: LIST_KIND } = BINDING_CRD.spec.names;

export type DocumentKind =
  | { readonly is: 'binding'; readonly value: object }
  | { readonly is: 'approval'; readonly value: object }
  /** A `List` of v1, a `ResourceList`, or a list of bindings, whose items are to be judged one by one. */
  | { readonly is: 'list'; readonly items: readonly unknown[] }
  | { readonly is: 'foreign' }
  | { readonly is: 'empty' }
  | { readonly is: 'wrong'; readonly problem: Problem };

/** What a document is. Only what shows no sign of being meant for us is foreign. */
export function documentKind(value: unknown): DocumentKind {
  if (value === null || value === undefined) return { is: 'empty' };
  // A patch, a playbook, a list of names.
  if (Array.isArray(value) && !value.some(isMeantForUs)) return { is: 'foreign' };
  if (typeof value !== 'object' || Array.isArray(value)) {
    return wrong({
      rule: 'document/not-an-object',
      message: `the document is ${quote(value)}, not a Kubernetes object`,
      fix: `start it with \`apiVersion: ${API_VERSION}\` and \`kind: ${KIND}\`, or remove it`,
    });
  }
  const { apiVersion, kind } = value as Record<string, unknown>;
  if (apiVersion === API_VERSION && kind === KIND) return { is: 'binding', value };
  if (apiVersion === API_VERSION && kind === APPROVAL_KIND) return { is: 'approval', value };
  // A policy may lie beside the bindings; only the one that a flag names is in force.
  if (apiVersion === API_VERSION && kind === POLICY_KIND) return { is: 'foreign' };
  if ((apiVersion === 'v1' && kind === 'List') || (apiVersion === API_VERSION && kind === LIST_KIND)) {
    return listOf(value as Record<string, unknown>, []);
  }
  // What programs hand to each other in a pipeline of kustomize or kpt.
  if (kind === 'ResourceList' && String(apiVersion).startsWith('config.kubernetes.io/')) {
    return listOf(value as Record<string, unknown>, ['functionConfig', 'results']);
  }
  return isMeantForUs(value) ? wrongType(apiVersion, kind) : { is: 'foreign' };
}

function listOf(list: Record<string, unknown>, others: readonly string[]): DocumentKind {
  if (!Array.isArray(list.items)) {
    return wrong({
      rule: 'document/list-items',
      message: `the items of this ${quote(list.kind)} are ${quote(list.items ?? null)}, not a list`,
      fix: 'write the objects under `items`, each after `- `',
      path: ['items'],
    });
  }
  const known = ['apiVersion', 'kind', 'metadata', 'items', ...others];
  const unknown = Object.keys(list).find((name) => !known.includes(name));
  if (unknown === undefined) return { is: 'list', items: list.items };
  const nearest = nearestName(unknown, known);
  return wrong({
    rule: 'schema/unknown-field',
    message: `${bounded(unknown)} is not a field of a list${nearest === undefined ? '' : `; did you mean \`${nearest}\`?`}`,
    fix: `remove it; the fields here are ${known.join(', ')}`,
    path: [unknown],
  });
}

function isMeantForUs(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { apiVersion, kind, spec, '<<': merged } = value as Record<string, unknown>;
  if (typeof apiVersion === 'string' && (apiVersion === GROUP || apiVersion.startsWith(`${GROUP}/`)))
    return true;
  if (typeof kind === 'string' && (isNear(kind, KIND) || isNear(kind, LIST_KIND))) return true;
  if (typeof merged === 'object' && merged !== null && isMeantForUs({ ...merged, '<<': undefined }))
    return true;
  if (typeof apiVersion === 'string' && typeof kind === 'string') return false;
  return (
    typeof spec === 'object' &&
    spec !== null &&
    ('instanceIds' in spec || 'instanceSelector' in spec || 'sgIds' in spec)
  );
}

function isNear(kind: string, ours: string): boolean {
  return Math.abs(kind.length - ours.length) <= 3 && nearestName(kind, [ours]) !== undefined;
}

function wrongType(apiVersion: unknown, kind: unknown): DocumentKind {
  const kindIsOurs = kind === KIND || kind === LIST_KIND;
  const name = kindIsOurs ? 'apiVersion' : 'kind';
  const [observed, wanted] = kindIsOurs ? [apiVersion, API_VERSION] : [kind, KIND];
  return wrong({
    rule: name === 'apiVersion' ? 'document/api-version' : 'document/kind',
    message: observed === undefined ? `${name} is missing` : `${name} ${quote(observed)} is not known`,
    fix: `write \`${name}: ${wanted}\``,
    path: [name],
  });
}

function wrong(problem: Pick<Problem, 'rule' | 'message' | 'fix'> & Partial<Problem>): DocumentKind {
  return { is: 'wrong', problem: { severity: 'error', path: [], at: 'value', ...problem } };
}
