/** Judges the value of a policy file: its form, and what of it cannot be meant. */
import { Ajv, type ValidateFunction } from 'ajv';
import type { PolicyDocument } from '../../api/policy-document.ts';
import type { FieldPath, Problem } from '../../api/problem.ts';
import { schemaProblems } from '../schema-problems.ts';
import { type CheckText, exposureProblems } from './exposure-problems.ts';
import { namespacesAlone, policyConflicts } from './policy-conflicts.ts';
import { POLICY_SCHEMA } from './policy-schema.ts';
import { type CheckSchedule, scheduleProblems } from './schedule-problems.ts';

const MAX_FAULTS = 100;

export interface PolicyResult {
  /** Absent when there is an error. */
  readonly policy?: PolicyDocument;
  readonly problems: readonly Problem[];
}

let compiled: ValidateFunction | undefined;

/** What a policy is judged for. */
export interface PolicyUse {
  /** Whether it is about files of a directory, also beside objects of a cluster. */
  readonly directory: boolean;
}

/** What whoever reads a policy can tell of its texts. */
export interface PolicyChecks {
  readonly schedule: CheckSchedule;
  /** Services such as `tcp/22`. */
  readonly service: CheckText;
  /** Prefixes such as `10.0.0.0/8`. */
  readonly prefix: CheckText;
}

/** Judges a value; it is not changed. */
export function checkPolicy(
  value: unknown,
  checks: PolicyChecks,
  use: PolicyUse = { directory: false },
): PolicyResult {
  const wrongForm = formProblems(value);
  if (wrongForm.length > 0) return { problems: wrongForm };
  // The schema just found the value to be of this type.
  const policy = value as PolicyDocument;
  const problems = [
    ...scheduleProblems(policy, checks.schedule),
    ...exposureProblems(policy, checks),
    ...policyConflicts(policy),
    ...(use.directory ? namespacesAlone(policy) : []),
  ];
  return problems.some(({ severity }) => severity === 'error') ? { problems } : { policy, problems };
}

function formProblems(value: unknown): readonly Problem[] {
  compiled ??= new Ajv({ allErrors: true, verbose: true, ownProperties: true, strict: true }).compile(
    POLICY_SCHEMA,
  );
  if (compiled(withoutWords(value))) return [];
  const errors = compiled.errors ?? [];
  // Errors hold on to the document that they speak of.
  compiled.errors = null;
  return schemaProblems(errors.slice(0, MAX_FAULTS)).map(mended);
}

/** The value with the words that stand for something taken away, so that the schema need not know of alternatives. */
function withoutWords(value: unknown): unknown {
  if (!isMapping(value)) return value;
  const { blastRadius, ...rest } = value;
  return {
    ...rest,
    ...(blastRadius === undefined || blastRadius === 'none' ? {} : { blastRadius }),
    ...(Array.isArray(rest.mustKeep) ? { mustKeep: rest.mustKeep.map(withoutFirst) } : {}),
  };
}

function withoutFirst(rule: unknown): unknown {
  return isMapping(rule) && rule.position === 'first' ? { ...rule, position: 1 } : rule;
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What to write instead, where the words for bindings do not fit. */
function mended(problem: Problem): Problem {
  const fix = fixOf(problem);
  return fix === undefined ? problem : { ...problem, fix };
}

function fixOf({ rule, path, fix }: Problem): string | undefined {
  const field = path.at(-1);
  if (rule === 'schema/min-items' || rule === 'schema/min-properties') {
    return isField(path, 'tenants')
      ? 'name a tenant, or remove `tenants`: without any, everybody may name everything'
      : 'write at least one, or remove the field';
  }
  if (rule === 'schema/type' && field === 'blastRadius')
    return 'write `none`, or `{ share: 20%, count: 50, period: 10m }`';
  if (rule === 'schema/type' && field === 'position') return 'write `first`, or a number from 1';
  if (rule === 'schema/type' && field === 'share') return 'write a share such as `20%`';
  if (rule === 'schema/minimum') return 'write a larger number';
  if (rule === 'schema/pattern' && path.at(-2) === 'paths') {
    return `write a path below the root of the directory, such as \`${path[0] === 'approvals' ? 'approvals/' : 'teams/shop/'}\``;
  }
  return fix === '' ? 'correct the value' : undefined;
}

function isField(path: FieldPath, name: string): boolean {
  return path.length === 1 && path[0] === name;
}
