/** Judges one document of our kind: its schema, the CRD's rules, and what a file should not say. */
import { APPROVAL_ANNOTATION, readApproval } from '../api/approval.ts';
import type { CvmSecurityGroupBinding } from '../api/binding.generated.ts';
import { EMERGENCY_ANNOTATION, readEmergency } from '../api/emergency.ts';
import { MAX_ANNOTATIONS_BYTES, SERVER_META_FIELDS } from '../api/object-meta-schema.ts';
import { type Problem, quote } from '../api/problem.ts';
import { suggestRegion } from '../api/region.ts';
import { checkRules } from './rule-check.ts';
import { checkSchema } from './schema-check.ts';

/** Marks a patch of kustomize. */
const PATCH_FIELD = '$patch';

/** Namespace of a document that names none. */
const DEFAULT_NAMESPACE = 'default';

export interface BindingStatus {
  /** With defaults filled in and without status; absent when there is an error. */
  readonly binding?: CvmSecurityGroupBinding;
  readonly problems: readonly Problem[];
}

/** Judges a document of our kind. The value may be changed: defaults are written into it and its status is dropped. */
export function checkBinding(value: object): BindingStatus {
  const warnings = 'status' in value ? dropStatus(value) : [];
  const schemaProblems = checkSchema(value);
  const patch = patchProblems(value);
  if (patch.length > 0) {
    const others = schemaProblems.filter(
      ({ rule, path }) => rule !== 'schema/required' && path.at(-1) !== PATCH_FIELD,
    );
    return { problems: [...warnings, ...patch, ...others] };
  }
  const problems = [...warnings, ...schemaProblems, ...checkRules(value, schemaProblems)];
  if (schemaProblems.length > 0) return { problems };
  // The schema just found the value to be of this type.
  const binding = value as CvmSecurityGroupBinding;
  problems.push(...metadataProblems(binding), ...regionProblems(binding));
  if (problems.some((problem) => problem.severity === 'error')) return { problems };
  const namespace = binding.metadata.namespace ?? DEFAULT_NAMESPACE;
  return { binding: { ...binding, metadata: { ...binding.metadata, namespace } }, problems };
}

/** The key `namespace/name` of a document with errors, where both are readable and valid. */
export function identityOf(value: unknown, problems: readonly Problem[]): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { metadata } = value as { metadata?: unknown };
  if (typeof metadata !== 'object' || metadata === null) return undefined;
  const { name, namespace = DEFAULT_NAMESPACE } = metadata as { name?: unknown; namespace?: unknown };
  if (typeof name !== 'string' || name === '' || typeof namespace !== 'string') return undefined;
  const doubtful = problems.some(
    ({ severity, path }) =>
      severity === 'error' &&
      path[0] === 'metadata' &&
      (path.length === 1 || !['labels', 'annotations'].includes(String(path[1]))),
  );
  return doubtful ? undefined : `${namespace}/${name}`;
}

/** Says of a part of a binding, as kustomize merges it into a whole one, that it is one. */
function patchProblems(value: { spec?: unknown }): readonly Problem[] {
  const { spec = {} } = value;
  if (typeof spec !== 'object' || spec === null) return [];
  const missing = [
    ...('region' in spec ? [] : ['region']),
    ...('sgIds' in spec ? [] : ['sgIds']),
    ...('instanceIds' in spec || 'instanceSelector' in spec ? [] : ['instanceIds']),
  ];
  const isMarked = PATCH_FIELD in value || PATCH_FIELD in spec;
  // One field that is missing was forgotten.
  if (missing.length < 2 && !isMarked) return [];
  const why = isMarked ? `it has \`${PATCH_FIELD}\`` : `it has no ${missing.join(' and no ')}`;
  return [
    {
      severity: 'error',
      rule: 'document/patch',
      message: `this is a part of a binding, such as a kustomize patch: ${why}`,
      fix: `give what \`kustomize build\` makes of it, and name the folder of patches in \`.cvmsgignore\`; or write all fields that a binding needs`,
      path: isMarked || !('spec' in value) ? [] : ['spec'],
      at: 'key',
    },
  ];
}

function dropStatus(value: { status?: unknown }): readonly Problem[] {
  const { status } = value;
  delete value.status;
  if (status === null) return [];
  return [
    {
      severity: 'warning',
      rule: 'document/status',
      message: 'status is what was observed, and is not read from a file',
      fix: 'remove `status` and everything under it',
      path: ['status'],
      at: 'key',
    },
  ];
}

function metadataProblems({ metadata }: CvmSecurityGroupBinding): readonly Problem[] {
  const problems: Problem[] = [];
  for (const name of Object.keys(metadata)) {
    if (!SERVER_META_FIELDS.includes(name)) continue;
    problems.push({
      severity: 'warning',
      rule: 'document/server-field',
      message: `metadata.${name} is written by the server, and is not read from a file`,
      fix: 'remove it',
      path: ['metadata', name],
      at: 'key',
    });
  }
  if (metadata.annotations === undefined) return problems;
  problems.push(...permissionProblems(metadata.annotations));
  const bytes = Object.entries(metadata.annotations).reduce(
    (sum, [key, text]) => sum + Buffer.byteLength(key) + Buffer.byteLength(text),
    0,
  );
  if (bytes > MAX_ANNOTATIONS_BYTES) {
    problems.push({
      severity: 'error',
      rule: 'document/annotations-size',
      message: `the annotations have ${bytes} bytes; at most ${MAX_ANNOTATIONS_BYTES} are allowed`,
      fix: 'shorten them',
      path: ['metadata', 'annotations'],
      at: 'key',
    });
  }
  return problems;
}

/** Annotations that let a write pass a guard have to be right, or nobody could rely on them. */
function permissionProblems(annotations: Readonly<Record<string, string>>): readonly Problem[] {
  const problems: Problem[] = [];
  const wrong = (name: string, message: string, fix: string) =>
    problems.push({
      severity: 'error',
      rule: 'document/annotation',
      message,
      fix,
      path: ['metadata', 'annotations', name],
      at: 'value',
    });
  const approved = annotations[APPROVAL_ANNOTATION];
  if (approved !== undefined && readApproval(approved) === undefined) {
    wrong(
      APPROVAL_ANNOTATION,
      `${quote(approved)} approves no plan`,
      'write the digest that the plan shows and when it was approved, such as `sha256:… by alice at 2026-03-01T18:00:00Z`, or remove the annotation',
    );
  }
  const emergency = annotations[EMERGENCY_ANNOTATION];
  if (emergency !== undefined && readEmergency(emergency) === undefined) {
    wrong(
      EMERGENCY_ANNOTATION,
      `${quote(emergency)} is no emergency`,
      'write until when it lasts and why, such as `2026-03-01T18:00:00Z database is open to the world`, or remove the annotation',
    );
  }
  return problems;
}

function regionProblems({ spec }: CvmSecurityGroupBinding): readonly Problem[] {
  const meant = suggestRegion(spec.region);
  if (meant === undefined) return [];
  return [
    {
      severity: 'warning',
      rule: 'document/unknown-region',
      message: `"${spec.region}" is not a region that is known here; did you mean \`${meant}\`?`,
      fix: `write \`${meant}\`, unless the region is new`,
      path: ['spec', 'region'],
      at: 'value',
    },
  ];
}
