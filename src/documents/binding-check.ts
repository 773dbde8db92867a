/** Judges one document of our kind: its schema, the CRD's rules, and what a file should not say. */

import { Environment } from '@marcbachmann/cel-js';
import { APPROVAL_ANNOTATION, readApproval } from '../api/approval.ts';
import type { CvmSecurityGroupBinding } from '../api/binding.generated.ts';
import { structuralSchema } from '../api/binding-schema.ts';
import { BINDING_CRD } from '../api/crd.generated.ts';
import { MAX_ANNOTATIONS_BYTES, SERVER_META_FIELDS } from '../api/object-meta-schema.ts';
import { EMERGENCY_ANNOTATION, readEmergency } from '../api/permit.ts';
import { type FieldPath, formatPath, type Problem, quote } from '../api/problem.ts';
import { suggestRegion } from '../api/region.ts';
import type { CelRule, StructuralSchema } from '../api/structural-schema.ts';
import { duplicateProblems } from './duplicate-problems.ts';
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

// Runs the CRD's own `x-kubernetes-validations`.

/** A rule, compiled, and the fields that lead to it; `*` stands for every entry of a list. */
interface RuleSite {
  readonly path: readonly string[];
  readonly rule: CelRule;
  /** A transition rule compares with the old object and says nothing about a new one. */
  readonly transition: boolean;
  readonly holds: (context: { self: unknown; oldSelf?: unknown }) => unknown;
}

/**
 * A rule that wants each entry once. It has no `reason: FieldValueDuplicate` in the CRD, because the server then shows
 * the words "Duplicate value" and drops the message that says how to mend it.
 */
const UNIQUENESS = /\bexists_one\((\w+), \1 == \w+\)/;

let sites: readonly RuleSite[] | undefined;

function compiledSites(): readonly RuleSite[] {
  sites ??= compileSites(structuralSchema(BINDING_CRD));
  return sites;
}

/**
 * Compiles every rule of a schema.
 * @throws Error when a rule is not CEL, or speaks of numbers, which JavaScript and CEL do not tell apart alike.
 */
function compileSites(schema: StructuralSchema, path: readonly string[] = []): readonly RuleSite[] {
  const environment = new Environment({ unlistedVariablesAreDyn: true });
  const own = (schema['x-kubernetes-validations'] ?? []).map((rule): RuleSite => {
    if (/"type":"(integer|number)"/.test(JSON.stringify(schema))) {
      throw new Error(
        `The rule \`${rule.rule}\` at "${path.join('.')}" covers numbers: teach rule-check to convert them.`,
      );
    }
    const program = environment.parse(rule.rule);
    return { path, rule, transition: /\boldSelf\b/.test(rule.rule), holds: (context) => program(context) };
  });
  const fields = Object.entries(schema.properties ?? {});
  return [
    ...own,
    ...fields.flatMap(([name, field]) => compileSites(field, [...path, name])),
    ...(schema.items === undefined ? [] : compileSites(schema.items, [...path, '*'])),
  ];
}

/** The rules that a new document breaks. Values whose own form is wrong, as `known` problems tell, are not judged again. */
export function checkRules(document: unknown, known: readonly Problem[] = []): readonly Problem[] {
  return compiledSites().flatMap((site) =>
    site.transition
      ? []
      : valuesAt(document, site.path).flatMap((found) => check(site, found, undefined, known)),
  );
}

/** The rules that a change from one document to another breaks, transition rules such as immutability included. */
export function checkUpdate(before: unknown, after: unknown): readonly Problem[] {
  return compiledSites().flatMap((site) =>
    valuesAt(after, site.path).flatMap((found) => {
      if (!site.transition) return check(site, found, undefined, []);
      // As on the server: entries of a list have no old self, and a field that is new has none either.
      if (site.path.includes('*')) return [];
      const old = valuesAt(before, site.path)[0];
      return old === undefined ? [] : check(site, found, old, []);
    }),
  );
}

interface FoundValue {
  readonly path: FieldPath;
  readonly value: unknown;
}

function check(
  site: RuleSite,
  found: FoundValue,
  old: FoundValue | undefined,
  known: readonly Problem[],
): readonly Problem[] {
  if (known.length > 0 && known.some((problem) => isWithin(problem.path, found.path))) return [];
  if (holds(site, found, old)) return [];
  const reason = UNIQUENESS.test(site.rule.rule)
    ? 'duplicate'
    : (site.rule.reason ?? 'FieldValueInvalid').replace(/^FieldValue/, '').toLowerCase();
  const base = { severity: 'error', rule: `cel/${reason}`, path: found.path, at: 'value' } as const;
  const { problem, fix } = wordsOf(site.rule);
  const duplicates =
    reason === 'duplicate' ? duplicateProblems(base, found.value, site.rule.message ?? fix) : [];
  if (duplicates.length > 0) return duplicates;
  const change = old === undefined ? quote(found.value) : `${quote(old.value)} -> ${quote(found.value)}`;
  return [{ ...base, message: `${formatPath(found.path)} (${change}): ${problem}`, fix }];
}

/** A rule's message says what is wrong, and after a semicolon what to do about it. */
function wordsOf({ rule, message = '' }: CelRule): { readonly problem: string; readonly fix: string } {
  const at = message.indexOf('; ');
  if (at < 0) return { problem: `it breaks the rule \`${rule}\``, fix: message || `make \`${rule}\` true` };
  return { problem: message.slice(0, at), fix: message.slice(at + 2) };
}

function holds(site: RuleSite, found: FoundValue, old: FoundValue | undefined): boolean {
  try {
    return site.holds({ self: found.value, ...(old !== undefined && { oldSelf: old.value }) }) === true;
  } catch {
    // As on the server: a rule that cannot be computed is a rule that is broken.
    return false;
  }
}

function isWithin(inner: FieldPath, outer: FieldPath): boolean {
  return outer.every((part, index) => inner[index] === part);
}

/** The values that stand at a path; none where a field on the way is absent. */
function valuesAt(value: unknown, path: readonly string[], at: FieldPath = []): readonly FoundValue[] {
  const [head, ...rest] = path;
  if (value === undefined || value === null) return [];
  if (head === undefined) return [{ path: at, value }];
  if (head === '*') {
    return Array.isArray(value) ? value.flatMap((item, index) => valuesAt(item, rest, [...at, index])) : [];
  }
  if (typeof value !== 'object' || !Object.hasOwn(value, head)) return [];
  return valuesAt((value as Record<string, unknown>)[head], rest, [...at, head]);
}
