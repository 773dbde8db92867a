/** Says what the schema checker found in the words of a person, with what to write instead. */
import type { ErrorObject } from 'ajv';
import { structuralSchema } from '../api/binding-schema.ts';
import { BINDING_CRD } from '../api/crd.generated.ts';
import { nearestName } from '../api/nearest-name.ts';
import { bounded, type FieldPath, formatPath, type Problem, quote } from '../api/problem.ts';
import { suggestRegion } from '../api/region.ts';
import type { StructuralSchema } from '../api/structural-schema.ts';
import { duplicateProblems } from './duplicate-problems.ts';

/** One or more problems for each error of the checker. */
export function schemaProblems(errors: readonly ErrorObject[]): readonly Problem[] {
  const problems = errors.flatMap(problemsOf);
  // A field that is missing only because its name is misspelt beside is told once.
  const meant = new Set(problems.map((problem) => problem.meant).filter((path) => path !== undefined));
  return problems.flatMap(({ meant: _, missing, ...problem }) =>
    missing !== undefined && meant.has(missing) ? [] : [problem],
  );
}

interface WordedProblem extends Problem {
  /** The path of the field that a misspelt name was probably meant to be. */
  readonly meant?: string;
  /** The path of the field that is missing. */
  readonly missing?: string;
}

function problemsOf(error: ErrorObject): readonly WordedProblem[] {
  const path = parsePointer(error.instancePath);
  const schema = (error.parentSchema ?? {}) as StructuralSchema;
  const base = { severity: 'error', rule: `schema/${kebab(error.keyword)}`, path, at: 'value' } as const;
  const value: unknown = error.data;
  switch (error.keyword) {
    case 'required':
      return [missingField(base, schema, String(error.params.missingProperty))];
    case 'additionalProperties':
      return [unknownField(base, schema, String(error.params.additionalProperty))];
    case 'propertyNames':
      return [wrongKey(base, String(error.params.propertyName))];
    case 'type':
      return [
        {
          ...base,
          message: `${formatPath(path) || 'the document'} is ${quote(value)}, which is not ${withArticle(schema.type ?? '')}`,
          fix: repairField(value, path, schema),
        },
      ];
    case 'enum': {
      const choices = (schema.enum ?? []).map(String);
      const nearest = typeof value === 'string' ? nearestName(value, choices) : undefined;
      return [
        {
          ...base,
          message: `${quote(value)} is not one of ${choices.join(', ')}`,
          fix: nearest === undefined ? `write one of ${choices.join(', ')}` : `write \`${nearest}\``,
        },
      ];
    }
    case 'pattern':
      // The key of a mapping is judged by `propertyNames`, which says the same.
      if (error.propertyName !== undefined) return [];
      return [
        {
          ...base,
          message: `${quote(value)} ${notOf(path, schema)}`,
          fix: repairText(String(value), path, {
            pattern: String(error.params.pattern),
            examples: schema.examples,
          }),
        },
      ];
    case 'uniqueItems':
      return duplicateProblems(base, value, 'keep one of them');
    case 'minLength':
    case 'maxLength':
      if (error.propertyName !== undefined) return [];
      return [
        {
          ...base,
          message: `${quote(value)} has ${String(value).length} characters; ${bound(error)}`,
          fix: error.keyword === 'minLength' ? 'write a value' : 'write a shorter one',
        },
      ];
    case 'minItems':
    case 'maxItems':
      return [
        {
          ...base,
          at: 'key',
          message: `${formatPath(path)} is ${quote(value)}; ${bound(error)}`,
          fix:
            error.keyword === 'minItems'
              ? 'add at least one, or delete the whole binding'
              : 'split the binding into several with other names',
        },
      ];
    default:
      return [{ ...base, message: `${quote(value)} ${error.message ?? 'is not valid'}`, fix: '' }];
  }
}

function notOf(path: FieldPath, { pattern, examples }: StructuralSchema): string {
  const words = patternWords(path);
  if (words !== undefined) return `is not ${words.what}`;
  return Array.isArray(examples)
    ? `does not have the form of \`${String(examples[0])}\``
    : `does not match ${String(pattern)}`;
}

/** In quotes a number is a text, but perhaps not one that the field takes. */
function repairField(
  value: unknown,
  path: FieldPath,
  { type = '', pattern, examples }: StructuralSchema,
): string {
  const isPlain = typeof value === 'number' || typeof value === 'boolean';
  if (type !== 'string' || typeof pattern !== 'string' || !isPlain) return repairType(value, type);
  const text = String(value);
  return new RegExp(pattern, 'u').test(text)
    ? repairType(value, type)
    : repairText(text, path, { pattern, examples });
}

type Base = Pick<Problem, 'severity' | 'rule' | 'path' | 'at'>;

function missingField(base: Base, schema: StructuralSchema, name: string): WordedProblem {
  const missing = formatPath([...base.path, name]);
  const field = schema.properties?.[name];
  return {
    ...base,
    at: 'key',
    message: `${missing} is missing`,
    fix: `add \`${name}\`${field?.description === undefined ? '' : `: ${firstSentence(field.description)}`}`,
    missing,
  };
}

function unknownField(base: Base, schema: StructuralSchema, name: string): WordedProblem {
  const path = [...base.path, name];
  if (name === '<<') {
    return {
      ...base,
      path,
      at: 'key',
      rule: 'yaml/merge-key',
      message: 'merge keys (`<<`) are not part of YAML 1.2 and hide what a binding says',
      fix: 'write the fields out; an alias such as `sgIds: *web` works for a whole value',
    };
  }
  const known = Object.keys(schema.properties ?? {});
  const nearest = nearestName(name, known);
  return {
    ...base,
    path,
    at: 'key',
    rule: 'schema/unknown-field',
    message: `${formatPath(path)} is not a field${nearest === undefined ? '' : `; did you mean \`${nearest}\`?`}`,
    fix:
      nearest === undefined
        ? `remove it; the fields here are ${known.join(', ')}`
        : `write \`${nearest}\` in place of \`${bounded(name)}\``,
    ...(nearest !== undefined && { meant: formatPath([...base.path, nearest]) }),
  };
}

function wrongKey(base: Base, name: string): WordedProblem {
  return {
    ...base,
    path: [...base.path, name],
    at: 'key',
    rule: name === '<<' ? 'yaml/merge-key' : 'schema/property-names',
    message: `${quote(name)} is not a valid key of ${formatPath(base.path)}`,
    fix: 'write an optional DNS name and `/`, then 1 to 63 letters, digits, `-`, `_` or `.`',
  };
}

/** The path that a JSON pointer names; a part that is a number is taken for an index. */
function parsePointer(pointer: string): FieldPath {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^(0|[1-9]\d*)$/.test(part) ? Number(part) : part));
}

function bound(error: ErrorObject): string {
  const limit = String(error.params.limit);
  return error.keyword.startsWith('min') ? `at least ${limit} must be there` : `at most ${limit} are allowed`;
}

function firstSentence(text: string): string {
  return text.slice(0, text.search(/[.:](\s|$)/));
}

function withArticle(type: string): string {
  switch (type) {
    case 'array':
      return 'a list';
    case 'object':
      return 'a mapping';
    case 'integer':
      return 'a whole number';
    default:
      return `a ${type}`;
  }
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** What to write when a value has the wrong type. */
const YAML_1_1_TRUE = /^(y|yes|on|true)$/i;
const YAML_1_1_FALSE = /^(n|no|off|false)$/i;

/** The text to write in place of `value`, where a value of the schema's `type` is wanted. */
function repairType(value: unknown, type: string): string {
  if (value === null || value === undefined) return 'write a value, or remove the line';
  switch (type) {
    case 'boolean':
      if (typeof value !== 'string') return 'write `true` or `false`';
      if (YAML_1_1_TRUE.test(value)) return 'write `true`, without quotes';
      if (YAML_1_1_FALSE.test(value)) return 'write `false`, without quotes';
      return 'write `true` or `false`';
    case 'string':
      if (typeof value === 'number' || typeof value === 'boolean') {
        return `put it in quotes: \`"${String(value)}"\``;
      }
      if (Array.isArray(value) && value.length === 1 && typeof value[0] === 'string') {
        return `write the text alone: \`${bounded(value[0])}\``;
      }
      return 'write a text';
    case 'array':
      return typeof value === 'string'
        ? `write a list: \`[${bounded(value)}]\``
        : 'write a list, each entry on its own line after `- `';
    case 'object':
      return 'write fields, each as `name: value` on an indented line';
    default:
      return `write ${type === 'integer' ? 'a whole number' : `a ${type}`}`;
  }
}

// What to write when a text breaks the pattern of its field.

/**
 * The text to write in place of `text` at `path`, whose schema has this `pattern`. Whatever is proposed matches the
 * pattern, so no rule is written down a second time; where nothing comes near, it is said in words.
 */
function repairText(
  text: string,
  path: FieldPath,
  { pattern, examples }: { readonly pattern: string; readonly examples?: unknown },
): string {
  const home = fieldThatTakes(text, path);
  if (home !== undefined) return `move ${quote(text)} to \`${home}\`, where it belongs`;
  const matches = new RegExp(pattern, 'u');
  if (formatPath(path) === 'spec.region') {
    const region = suggestRegion(text.trim().toLowerCase().replaceAll('_', '-')) ?? suggestRegion(text);
    if (region !== undefined && matches.test(region)) return `write \`${region}\``;
  }
  const repaired = candidates(text, pattern).find((candidate) => matches.test(candidate));
  if (repaired !== undefined) return `write \`${bounded(repaired)}\``;
  if (Array.isArray(examples)) return `write something such as \`${String(examples[0])}\``;
  return `write ${patternWords(path)?.form ?? `a text that matches ${pattern}`}`;
}

function candidates(text: string, pattern: string): readonly string[] {
  const trimmed = text.trim();
  const lower = trimmed.toLowerCase();
  const dashed = lower.replaceAll(/[_\s]+/g, '-');
  const prefix = /^\^([a-z]+-)\[/.exec(pattern)?.[1];
  return [
    trimmed,
    lower,
    dashed,
    ...(prefix === undefined ? [] : [prefix + lower]),
    durationOf(lower),
    dashed.replaceAll(/[^a-z0-9.-]/g, ''),
  ].filter((candidate) => candidate !== '');
}

/** `5m` for `5 minutes`; '' for what is no such thing. */
function durationOf(text: string): string {
  const [, count, unit] = /^(\d+)\s*(hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|s)$/.exec(text) ?? [];
  return count === undefined || unit === undefined ? '' : count + unit.slice(0, 1);
}

/** The other list of the spec whose entries look like this text, such as `spec.sgIds` for a group among the instances. */
function fieldThatTakes(text: string, path: FieldPath): string | undefined {
  const spec = structuralSchema(BINDING_CRD).properties?.spec?.properties ?? {};
  for (const [name, field] of Object.entries(spec)) {
    const pattern = field.items?.pattern;
    if (path[0] !== 'spec' || path[1] === name || typeof pattern !== 'string') continue;
    if (new RegExp(pattern, 'u').test(text.trim().toLowerCase())) return `spec.${name}`;
  }
  return undefined;
}

// The patterns of fields as a person says them: a regular expression is for programs.

interface PatternWords {
  /** What a value of the field is; completes `"x" is not …`. */
  readonly what: string;
  /** How one is written; completes `write …`. */
  readonly form: string;
}

const ID = '6 to 16 lower-case letters or digits';
const INSTANCE: PatternWords = {
  what: 'the id of a CVM instance',
  form: `the id of a CVM instance, \`ins-\` and ${ID}`,
};
const NAME = 'lower-case letters, digits, `-` and `.`, a letter or digit at both ends';
const LABEL_VALUE = 'letters, digits, `-`, `_` and `.`, a letter or digit at both ends';

/** By path, with `[]` for any index and `.*` for any key. */
const WORDS: Readonly<Record<string, PatternWords>> = {
  'metadata.name': { what: 'a name', form: `a name of ${NAME}` },
  'metadata.namespace': { what: 'a namespace', form: 'a namespace of lower-case letters, digits and `-`' },
  'metadata.labels.*': { what: 'the value of a label', form: `one of ${LABEL_VALUE}` },
  'spec.region': { what: 'a region', form: 'a region such as `ap-guangzhou`' },
  'spec.instanceIds[]': INSTANCE,
  'spec.instanceSelector.vpcId': { what: 'the id of a VPC', form: `the id of a VPC, \`vpc-\` and ${ID}` },
  'spec.instanceSelector.excludeInstanceIds[]': INSTANCE,
  'spec.sgIds[]': {
    what: 'the id of a security group',
    form: `the id of a security group, \`sg-\` and ${ID}`,
  },
  'spec.suspendUntil': {
    what: 'a time',
    form: 'a time such as `2026-03-01T18:00:00Z`, or `2026-03-01T18:00:00+08:00` for another zone',
  },
  'spec.interval': { what: 'a duration', form: 'a duration such as `30s`, `5m` or `1h30m`' },
  'spec.credentialsRef.name': { what: 'the name of a Secret or profile', form: `one of ${NAME}` },
};

/** Undefined for a field that has no words of its own. */
export function patternWords(path: FieldPath): PatternWords | undefined {
  const plain = formatPath(path.map((part) => (typeof part === 'number' ? 0 : part))).replaceAll('[0]', '[]');
  return WORDS[plain] ?? WORDS[[...path.slice(0, -1), '*'].join('.')];
}
