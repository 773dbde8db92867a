/** Runs the CRD's own `x-kubernetes-validations`. */
import { Environment } from '@marcbachmann/cel-js';
import { structuralSchema } from '../api/binding-schema.ts';
import { BINDING_CRD } from '../api/crd.generated.ts';
import { type FieldPath, formatPath, type Problem, quote } from '../api/problem.ts';
import type { CelRule, StructuralSchema } from '../api/structural-schema.ts';
import { duplicateProblems } from './duplicate-problems.ts';

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
