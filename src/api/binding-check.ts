/** Judges one document of our kind: its schema, the CRD's rules, and what a file should not say. */
import { APPROVAL_ANNOTATION, readApproval } from './approval.ts';
import type { CvmSecurityGroupBinding } from './binding.generated.ts';
import { EMERGENCY_ANNOTATION, readEmergency } from './emergency.ts';
import { type Fault, quote } from './fault.ts';
import { MAX_ANNOTATIONS_BYTES, SERVER_META_FIELDS } from './object-meta-schema.ts';
import { suggestRegion } from './region.ts';
import { checkRules } from './rule-check.ts';
import { checkSchema } from './schema-check.ts';

/** Namespace of a document that names none. */
const DEFAULT_NAMESPACE = 'default';

export interface BindingVerdict {
  /** With defaults filled in and without status; absent when there is an error. */
  readonly binding?: CvmSecurityGroupBinding;
  readonly faults: readonly Fault[];
}

/** Judges a document of our kind. The value may be changed: defaults are written into it and its status is dropped. */
export function checkBinding(value: object): BindingVerdict {
  const warnings = 'status' in value ? dropStatus(value) : [];
  const schemaFaults = checkSchema(value);
  const faults = [...warnings, ...schemaFaults, ...checkRules(value, schemaFaults)];
  if (schemaFaults.length > 0) return { faults };
  // The schema just found the value to be of this type.
  const binding = value as CvmSecurityGroupBinding;
  faults.push(...metadataFaults(binding), ...regionFaults(binding));
  if (faults.some((fault) => fault.severity === 'error')) return { faults };
  const namespace = binding.metadata.namespace ?? DEFAULT_NAMESPACE;
  return { binding: { ...binding, metadata: { ...binding.metadata, namespace } }, faults };
}

/** The key `namespace/name` of a document with errors, where both are readable and valid. */
export function identityOf(value: unknown, faults: readonly Fault[]): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { metadata } = value as { metadata?: unknown };
  if (typeof metadata !== 'object' || metadata === null) return undefined;
  const { name, namespace = DEFAULT_NAMESPACE } = metadata as { name?: unknown; namespace?: unknown };
  if (typeof name !== 'string' || name === '' || typeof namespace !== 'string') return undefined;
  const doubtful = faults.some(
    ({ severity, path }) =>
      severity === 'error' &&
      path[0] === 'metadata' &&
      (path.length === 1 || !['labels', 'annotations'].includes(String(path[1]))),
  );
  return doubtful ? undefined : `${namespace}/${name}`;
}

function dropStatus(value: object): readonly Fault[] {
  delete (value as { status?: unknown }).status;
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

function metadataFaults({ metadata }: CvmSecurityGroupBinding): readonly Fault[] {
  const faults: Fault[] = [];
  for (const name of Object.keys(metadata)) {
    if (!SERVER_META_FIELDS.includes(name)) continue;
    faults.push({
      severity: 'warning',
      rule: 'document/server-field',
      message: `metadata.${name} is written by the server, and is not read from a file`,
      fix: 'remove it',
      path: ['metadata', name],
      at: 'key',
    });
  }
  if (metadata.annotations === undefined) return faults;
  faults.push(...permissionFaults(metadata.annotations));
  const bytes = Object.entries(metadata.annotations).reduce(
    (sum, [key, text]) => sum + Buffer.byteLength(key) + Buffer.byteLength(text),
    0,
  );
  if (bytes > MAX_ANNOTATIONS_BYTES) {
    faults.push({
      severity: 'error',
      rule: 'document/annotations-size',
      message: `the annotations have ${bytes} bytes; at most ${MAX_ANNOTATIONS_BYTES} are allowed`,
      fix: 'shorten them',
      path: ['metadata', 'annotations'],
      at: 'key',
    });
  }
  return faults;
}

/** Annotations that let a write pass a guard have to be right, or nobody could rely on them. */
function permissionFaults(annotations: Readonly<Record<string, string>>): readonly Fault[] {
  const faults: Fault[] = [];
  const wrong = (name: string, message: string, fix: string) =>
    faults.push({
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
  return faults;
}

function regionFaults({ spec }: CvmSecurityGroupBinding): readonly Fault[] {
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
