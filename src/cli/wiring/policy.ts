/** From a policy file to what the guards decide by. */

import type { Diagnostic } from '../../api/diagnostic.ts';
import type { PolicyDocument, PolicyLimit, PolicyScope } from '../../api/policy-document.ts';
import { longRegionName } from '../../api/region.ts';
import {
  type BlastRadius,
  DEFAULT_BLAST_RADIUS,
  type Limit,
  OPEN_POLICY,
  type Policy,
  type RuleScope,
} from '../../core/policy.ts';
import { parseDuration } from '../../core/text/duration.ts';
import { count } from '../../core/text/words.ts';
import type { PolicyUse } from '../../documents/policy/policy-check.ts';
import { CliError } from '../cli-error.ts';
import { diagnosticText, hasErrors } from '../output/diagnostic-text.ts';
import { NO_COLORS } from '../output/palette.ts';
import { readPolicyFile } from './policy-file.ts';

/**
 * The policy of a file, or what holds without one; `onWarning` gets what may be a slip in a valid one.
 * @throws CliError with every diagnostic when the file cannot be read or is not valid: nothing is done without it.
 */
export function loadPolicy(
  file: string | undefined,
  onWarning: (diagnostic: Diagnostic) => void = () => {},
  use?: PolicyUse,
): Policy {
  if (file === undefined) return policyOf({});
  const { policy, diagnostics } = readPolicyFile(file, use);
  if (policy !== undefined) {
    diagnostics.forEach(onWarning);
    return policyOf(policy);
  }
  const errors = diagnostics.filter((diagnostic) => hasErrors([diagnostic]));
  const texts = errors.map((diagnostic) => diagnosticText(diagnostic, NO_COLORS)).join('');
  throw new CliError(
    `the policy "${file}" is not valid, and nothing is done without it: ${count(errors.length, 'finding')}\n${texts.trimEnd()}`,
  );
}

/** What a valid document says, with the defaults of what it does not say. */
export function policyOf(document: PolicyDocument): Policy {
  const { mustKeep = [], forbidden = [], exposure = [], windows = [], tenants = [] } = document;
  const { fights, emergencies } = document;
  const blastRadius = blastRadiusOf(document.blastRadius);
  return {
    ...(blastRadius === undefined ? {} : { blastRadius }),
    mustKeep: mustKeep.map(({ sgId, position, ...scope }) => ({
      sgId,
      ...(position === undefined ? {} : { position: position === 'first' ? 1 : position }),
      where: scopeOf(scope),
    })),
    forbidden: forbidden.map(({ sgId, ...scope }) => ({ sgId, where: scopeOf(scope) })),
    exposure: exposure.map(
      ({ name, never, except = [], conditional = 'deny', approval = 'deny', ...scope }) => ({
        name,
        direction: never.to === undefined ? 'ingress' : 'egress',
        ...(never.services === undefined ? {} : { services: never.services }),
        addresses: never.to ?? never.from ?? [],
        except,
        conditional,
        approval,
        where: scopeOf(scope),
      }),
    ),
    windows: windows.map(({ name, effect, schedule, duration, timeZone, ...scope }) => ({
      name,
      effect,
      schedule,
      durationMs: durationMs(duration, 0),
      timeZone,
      where: scopeOf(scope),
    })),
    tenants,
    ...(document.regions === undefined ? {} : { regions: document.regions.map(longRegionName) }),
    ...(document.accounts === undefined ? {} : { accounts: document.accounts }),
    fights: {
      rewrites: fights?.rewrites ?? OPEN_POLICY.fights.rewrites,
      withinMs: durationMs(fights?.within, OPEN_POLICY.fights.withinMs),
      paceMs: durationMs(fights?.pace, OPEN_POLICY.fights.paceMs),
    },
    // Without `annotations` it depends on where they stand.
    approvals: { ...OPEN_POLICY.approvals, ...document.approvals },
    emergencies: {
      longestMs: durationMs(emergencies?.longest, OPEN_POLICY.emergencies.longestMs),
      ...(emergencies?.tenants === undefined ? {} : { tenants: emergencies.tenants }),
    },
    verifyGroups: document.verifyGroups ?? true,
  };
}

function blastRadiusOf(said: PolicyDocument['blastRadius']): BlastRadius | undefined {
  if (said === 'none') return undefined;
  const { total } = said ?? {};
  return {
    ...limitOf(said, DEFAULT_BLAST_RADIUS),
    periodMs: durationMs(said?.period, DEFAULT_BLAST_RADIUS.periodMs),
    ...(total === undefined ? {} : { total: limitOf(total, { share: 0, count: 0 }) }),
  };
}

function limitOf(said: PolicyLimit | undefined, fallback: Limit): Limit {
  return {
    share: said?.share === undefined ? fallback.share : Number.parseFloat(said.share) / 100,
    count: said?.count ?? fallback.count,
  };
}

function scopeOf({ regions, tags, namespaces, paths }: PolicyScope): RuleScope {
  return {
    ...(regions === undefined ? {} : { regions: regions.map(longRegionName) }),
    ...(tags === undefined ? {} : { tags }),
    ...(namespaces === undefined ? {} : { namespaces }),
    ...(paths === undefined ? {} : { paths }),
  };
}

/** The schema has judged the text. */
function durationMs(text: string | undefined, fallbackMs: number): number {
  return text === undefined ? fallbackMs : (parseDuration(text) ?? fallbackMs);
}
