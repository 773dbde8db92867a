/** What to write when a text breaks the pattern of its field. */

import { structuralSchema } from '../api/binding-schema.ts';
import { BINDING_CRD } from '../api/crd.generated.ts';
import { bounded, type FieldPath, formatPath, quote } from '../api/problem.ts';
import { suggestRegion } from '../api/region.ts';
import { patternWords } from './pattern-words.ts';

/**
 * The text to write in place of `text` at `path`, whose schema has this `pattern`. Whatever is proposed matches the
 * pattern, so no rule is written down a second time; where nothing comes near, it is said in words.
 */
export function repairText(
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
