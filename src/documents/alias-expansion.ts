/** Turns a YAML document into plain values, with a bound on what aliases may blow it up to. */
import type { Document } from 'yaml';
import { bounded, type Problem } from '../api/problem.ts';
import { MAX_ALIASES } from './yaml-file.ts';

/** Most values that a document with aliases may have once they are all written out. */
const MAX_EXPANDED_VALUES = 100_000;

export type ExpandedDocument =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problem: Problem };

/** The document's plain value, or why its aliases are not followed. Values behind one anchor may be one object. */
export function expandDocument(document: Document): ExpandedDocument {
  try {
    let usesAliases = false;
    const value: unknown = document.toJS({
      maxAliasCount: MAX_ALIASES,
      onAnchor: () => {
        usesAliases = true;
      },
    });
    if (usesAliases && !fits(value)) return tooMany();
    return { ok: true, value };
  } catch (error) {
    // The parser throws a ReferenceError without a code, for an anchor that is not there as for too many aliases.
    if (!(error instanceof ReferenceError)) throw error;
    const unresolved = /^Unresolved alias.*: (.*)$/s.exec(error.message)?.[1];
    return unresolved === undefined ? tooMany() : noAnchor(unresolved);
  }
}

function fits(root: unknown): boolean {
  let seen = 0;
  const open: unknown[] = [root];
  while (open.length > 0) {
    if (++seen > MAX_EXPANDED_VALUES) return false;
    const value = open.pop();
    if (typeof value === 'object' && value !== null) {
      const children = Object.values(value);
      if (children.length > MAX_EXPANDED_VALUES) return false;
      open.push(...children);
    }
  }
  return true;
}

function noAnchor(name: string): ExpandedDocument {
  return {
    ok: false,
    problem: {
      severity: 'error',
      rule: 'yaml/unresolved-alias',
      message: `the alias "*${bounded(name)}" has no anchor "&${bounded(name)}" before it`,
      fix: 'define the anchor above its first alias, or put the text in quotes',
      path: [],
      at: 'value',
    },
  };
}

function tooMany(): ExpandedDocument {
  return {
    ok: false,
    problem: {
      severity: 'error',
      rule: 'yaml/alias-bomb',
      message: `the aliases of this document stand for too much: more than ${MAX_ALIASES} resolutions or ${MAX_EXPANDED_VALUES} values, or an anchor that contains itself`,
      fix: 'write the values out',
      path: [],
      at: 'value',
    },
  };
}
