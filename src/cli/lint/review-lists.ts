/** Reads the rules that declared lists name, and reviews each list once. */

import { relative, resolve } from 'node:path';
import { partsOf } from '../../api/ids.ts';
import { formatPath } from '../../api/problem.ts';
import type { CloudError } from '../../core/cloud-error.ts';
import { forbiddenTraffic, openText } from '../../core/firewall/exposure.ts';
import { ListEffects } from '../../core/firewall/list-effects.ts';
import { type OrderedPair, orderedPairs } from '../../core/firewall/list-review.ts';
import { type Scope, scopeKey } from '../../core/model.ts';
import type { ExposureRule } from '../../core/policy.ts';
import { ruleFit } from '../../core/rule-scope.ts';
import { someOf } from '../../core/text/words.ts';
import type { RuleReaders, UnreadTemplates } from '../../ports/rules.ts';
import type { ShownDiagnostic } from '../output/diagnostic-text.ts';
import { byPlace } from '../validate/document-diagnostics.ts';
import type { Declaration, DeclaredList, placesOf } from './declared-lists.ts';
import { checkList, type ListProblem } from './list-checks.ts';

/** What a check tells, at the first place of which it is true. */
export interface LintDiagnostic extends ShownDiagnostic, Partial<Scope>, Pick<ListProblem, 'shadowed'> {
  /** Whose list it is; absent: it is about the document and no list. */
  readonly binding?: string;
  readonly elsewhere?: readonly Declaration[];
}

export interface ListReview extends DeclaredList {
  readonly orderedPairs: readonly OrderedPair[];
}

export interface Review {
  readonly diagnostics: readonly LintDiagnostic[];
  /** Those whose rules were read. */
  readonly lists: readonly ListReview[];
  readonly unread: readonly (Scope & UnreadTemplates)[];
  readonly unreachable: readonly { readonly scope: Scope; readonly error: CloudError }[];
}

export interface ReviewOptions {
  readonly ruleReaders: RuleReaders;
  readonly placeOf: ReturnType<typeof placesOf>;
  readonly signal: AbortSignal;
  /** What the policy forbids to open. */
  readonly exposure: readonly ExposureRule[];
  /** Whose paths the policy names. */
  readonly directory: string;
}

/** Rejects only when the signal aborts. */
export async function reviewLists(
  declared: readonly DeclaredList[],
  options: ReviewOptions,
): Promise<Review> {
  const { ruleReaders, placeOf, signal, exposure, directory } = options;
  const scopes = [...Map.groupBy(declared, ({ scope }) => scopeKey(scope)).values()];
  const readings = await Promise.all(
    scopes.map(async (lists) => {
      const scope = lists[0]?.scope as Scope;
      const groups = lists.flatMap(({ sgIds }) => sgIds);
      return { scope, lists, reading: await ruleReaders.rules(scope).readRules(groups, signal) };
    }),
  );
  const joined = new Map<string, LintDiagnostic>();
  const lists: ListReview[] = [];
  const unread: Review['unread'][number][] = [];
  const unreachable: Review['unreachable'][number][] = [];
  for (const { scope, lists: own, reading } of readings) {
    if (!reading.ok) {
      unreachable.push({ scope, error: reading.error });
      continue;
    }
    const { book } = reading;
    const effects = new ListEffects(book);
    const { rules } = effects;
    unread.push(...reading.unread.map((one) => ({ ...scope, ...one })));
    for (const list of own) {
      const pairs = orderedPairs(rules, list.sgIds);
      lists.push({ ...list, orderedPairs: pairs });
      for (const problem of checkList({ sgIds: list.sgIds, book, rules, orderedPairs: pairs })) {
        join(joined, diagnosticOf(problem, list, placeOf));
      }
      for (const one of exposedLists(effects, list, { rules: exposure, directory })) {
        join(joined, diagnosticOf(one.problem, one.list, placeOf));
      }
    }
  }
  return { diagnostics: [...joined.values()], lists, unread, unreachable };
}

function diagnosticOf(
  { path, ...problem }: ListProblem,
  { scope, declarations }: DeclaredList,
  placeOf: ReviewOptions['placeOf'],
): LintDiagnostic & Declaration {
  const [first, ...elsewhere] = declarations.map((one) => ({ ...one, ...placeOf(one, path) }));
  return {
    ...problem,
    ...scope,
    ...(first as Declaration),
    path: formatPath(path),
    ...(elsewhere.length === 0 ? {} : { elsewhere }),
  };
}

/** Different lists may have the same to tell, such as two rules of one group. */
function join(joined: Map<string, LintDiagnostic>, diagnostic: LintDiagnostic & Declaration): void {
  const { rule, message, account, region } = diagnostic;
  const key = JSON.stringify([account, region, rule, message]);
  const known = joined.get(key);
  if (known === undefined) {
    joined.set(key, diagnostic);
    return;
  }
  const { binding, file, line, column, elsewhere = [] } = diagnostic;
  const more = [{ binding, file, line, column }, ...elsewhere];
  joined.set(key, { ...known, elsewhere: [...(known.elsewhere ?? []), ...more].sort(byPlace) });
}

// What declared lists allow although the policy forbids to open it.

/** A rule that a list breaks, for those of its declarations that the rule is about. */
interface ExposedList {
  readonly problem: ListProblem;
  readonly list: DeclaredList;
}

/** @param directory whose paths the rules of the policy name. */
function exposedLists(
  effects: ListEffects,
  list: DeclaredList,
  { rules, directory }: { readonly rules: readonly ExposureRule[]; readonly directory: string },
): ExposedList[] {
  return rules.flatMap((rule) => {
    const declarations = list.declarations.filter((one) => isAbout(rule, one, { list, directory }));
    const openings = declarations.length === 0 ? [] : forbiddenTraffic(effects, list.sgIds, rule);
    const [first] = openings;
    if (first === undefined) return [];
    const place = first.because === undefined ? -1 : list.sgIds.indexOf(first.because.sgId);
    const problem: ListProblem = {
      severity: 'warning',
      rule: 'lint/exposure',
      message: `the policy rule "${rule.name}" forbids what this list allows: ${someOf(openings.map(openText))}`,
      fix: 'name other groups or put a group that refuses it before them, change the rules of these groups, or the rule under exposure in the policy',
      path: place < 0 ? ['spec', 'sgIds'] : ['spec', 'sgIds', place],
    };
    return { problem, list: { ...list, declarations } };
  });
}

/** A rule for instances with tags may be about any: nobody has read them. */
function isAbout(
  { where }: ExposureRule,
  { binding, file, line, column }: Declaration,
  { list, directory }: { readonly list: DeclaredList; readonly directory: string },
): boolean {
  const { namespace } = partsOf(binding);
  const path = relative(resolve(directory), resolve(file));
  const origin = { kind: 'directory', file: path, line, column, revision: '' } as const;
  return ruleFit(where, { binding: { scope: list.scope, namespace, origin }, observed: {} }) !== 'no';
}
