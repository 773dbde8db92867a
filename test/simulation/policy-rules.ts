/** What a policy means, written a second time: nothing here asks the guards of the code under test. */
import type { ChangeWindow, Policy, RuleScope, Tenant } from '../../src/core/policy.ts';
import { documentFile, documentNamespace, type InForce } from './model-revision.ts';

export type Tags = Readonly<Record<string, string>>;

/** An instance with the tags that it is taken to have. */
export interface Subject {
  readonly instanceId: string;
  readonly region: string;
  readonly tags: Tags;
}

const MINUTE_MS = 60_000;
/** The only zone that is not off by whole hours. */
const HALF_HOURS = 'Asia/Kolkata';

/** What a list breaks for good; undefined when nothing. */
export function staticBreach(
  policy: Policy,
  document: InForce,
  subject: Subject,
  list: readonly string[] = document.sgIds,
): string | undefined {
  if (list.length === 0) return 'is left without groups';
  for (const { sgId, position, where } of policy.mustKeep) {
    if (!concerns(where, document, subject)) continue;
    const kept = position === undefined ? list.includes(sgId) : list[position - 1] === sgId;
    if (!kept) return `lacks the must-keep group ${sgId}, or has it in the wrong place`;
  }
  for (const { sgId, where } of policy.forbidden) {
    if (list.includes(sgId) && concerns(where, document, subject)) return `has the forbidden group ${sgId}`;
  }
  return mayName(policy, document, { subject, list })
    ? undefined
    : 'is written for somebody whom no tenant allows it';
}

/** Whether the tenants let a document name an instance and these groups. */
export function mayName(
  { tenants }: Policy,
  document: InForce,
  { subject, list = document.sgIds }: { readonly subject: Subject; readonly list?: readonly string[] },
): boolean {
  return tenants.length === 0 || tenants.some((tenant) => allows(tenant, { document, subject, list }));
}

/** Whether a rule is about an instance that a document declares. */
export function concerns(
  { regions, namespaces, paths, tags }: RuleScope,
  document: Pick<InForce, 'team' | 'namespace' | 'name'>,
  subject: Subject,
): boolean {
  if (regions !== undefined && !regions.includes(subject.region)) return false;
  if (namespaces !== undefined && !namespaces.includes(documentNamespace(document))) return false;
  if (paths !== undefined && !paths.some((path) => documentFile(document).startsWith(path))) return false;
  return hasTags(subject.tags, tags ?? {});
}

/** Whether all of the wanted tags are there. */
export function hasTags(tags: Tags, wanted: Tags): boolean {
  return Object.entries(wanted).every(([key, value]) => tags[key] === value);
}

function allows(
  { namespaces, paths, instances, groups }: Tenant,
  asked: { document: InForce; subject: Subject; list: readonly string[] },
): boolean {
  const { document, subject, list } = asked;
  if (namespaces !== undefined && !namespaces.includes(documentNamespace(document))) return false;
  if (paths !== undefined && !paths.some((path) => documentFile(document).startsWith(path))) return false;
  if (groups !== undefined && list.some((sgId) => !(groups as readonly string[]).includes(sgId)))
    return false;
  if (instances === undefined) return true;
  const named = (instances.ids as readonly string[] | undefined)?.includes(subject.instanceId) ?? false;
  return named || (instances.tags !== undefined && hasTags(subject.tags, instances.tags));
}

/** Why no write may leave at a moment; undefined when one may. */
export function windowBreach(
  windows: readonly ChangeWindow[],
  document: InForce,
  { subject, nowMs }: { subject: Subject; nowMs: number },
): string | undefined {
  if (document.emergencyUntilMs !== undefined && nowMs < document.emergencyUntilMs) return undefined;
  const about = windows.filter(({ where }) => concerns(where, document, subject));
  const denied = about.find((window) => window.effect === 'deny' && isOpen(window, nowMs));
  if (denied !== undefined) return `is written inside of the deny window ${denied.name}`;
  const allowing = about.filter(({ effect }) => effect === 'allow');
  if (allowing.length === 0 || allowing.some((window) => isOpen(window, nowMs))) return undefined;
  return `is written outside of the allow window ${allowing[0]?.name}`;
}

/** Windows here open at every nth minute of the hour. */
function isOpen({ schedule, durationMs, timeZone }: ChangeWindow, nowMs: number): boolean {
  const everyMinutes = Number(/^\*\/(\d+) /.exec(schedule)?.[1]);
  const offsetMinutes = timeZone === HALF_HOURS ? 30 : 0;
  for (let minute = Math.floor(nowMs / MINUTE_MS); nowMs - minute * MINUTE_MS < durationMs; minute--) {
    if (((minute + offsetMinutes) % 60) % everyMinutes === 0) return true;
  }
  return false;
}
