/** Reads a policy file. Never throws: whatever is wrong becomes a diagnostic. */

import type { Document } from 'yaml';
import type { Diagnostic } from '../../api/diagnostic.ts';
import { messageOf } from '../../api/message-of.ts';
import { POLICY_KIND, type PolicyDocument } from '../../api/policy-document.ts';
import { boundedWords, type Problem } from '../../api/problem.ts';
import { API_VERSION } from '../../api/resource.ts';
import { expandDocument } from '../alias-expansion.ts';
import { capDiagnostics, type FaultySubject, placeInText, placeProblem } from '../diagnostic-placement.ts';
import { duplicateKeys } from '../duplicate-keys.ts';
import { decodeFile } from '../file-text.ts';
import { parseYamlFile } from '../yaml-file.ts';
import { yamlProblem } from '../yaml-problems.ts';
import { checkPolicy, type PolicyChecks, type PolicyResult, type PolicyUse } from './policy-check.ts';

export interface PolicyReading {
  /** Absent when a diagnostic is an error. */
  readonly policy?: PolicyDocument;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads the one document of a policy file. */
export function readPolicy(
  file: string,
  bytes: Uint8Array,
  checks: PolicyChecks,
  use?: PolicyUse,
): PolicyReading {
  const decoded = decodeFile(bytes);
  if (!decoded.ok) {
    const { ok: _, ...problem } = decoded;
    return { diagnostics: [{ severity: 'error', ...problem, file, path: '' }] };
  }
  try {
    return readText(file, decoded.text, (value) => checkPolicy(value, checks, use));
  } catch (error) {
    return {
      diagnostics: [
        wholeFile(file, {
          rule: 'file/unreadable',
          message: boundedWords(`the file cannot be read as YAML: ${messageOf(error)}`),
          fix: 'write the document in a simpler way',
        }),
      ],
    };
  }
}

function readText(file: string, text: string, check: (value: unknown) => PolicyResult): PolicyReading {
  const yaml = parseYamlFile(text);
  const [refused] = yaml.refused;
  if (refused !== undefined) return { diagnostics: [placeInText({ file, yaml }, refused.problem)] };
  const [document, second] = yaml.documents.filter(
    ({ contents, errors }) => contents !== null || errors.length > 0,
  );
  if (document === undefined) {
    return {
      diagnostics: [
        wholeFile(file, {
          rule: 'policy/empty',
          message: 'the policy file says nothing',
          fix: `start it with \`apiVersion: ${API_VERSION}\` and \`kind: ${POLICY_KIND}\`, or do not name it`,
        }),
      ],
    };
  }
  const place = (subject: Document, problems: readonly Problem[]): readonly Diagnostic[] => {
    const { contents } = subject;
    const at = { file, yaml, document: subject, node: contents as FaultySubject['node'], prefix: [] };
    return problems.map((problem) => placeProblem(at, problem));
  };
  const mistakes = yaml.documents.flatMap((one) => place(one, one.errors.map(yamlProblem)));
  if (second !== undefined && mistakes.length === 0) mistakes.push(...place(second, [secondDocument()]));
  if (mistakes.length > 0) return { diagnostics: capDiagnostics(file, mistakes) };
  const expanded = expandDocument(document);
  const local = [...duplicateKeys(document), ...document.warnings.map(yamlProblem)];
  if (!expanded.ok || local.length > 0) {
    return {
      diagnostics: capDiagnostics(file, place(document, expanded.ok ? local : [...local, expanded.problem])),
    };
  }
  const { policy, problems } = check(expanded.value);
  const diagnostics = capDiagnostics(file, place(document, problems));
  return policy === undefined ? { diagnostics } : { policy, diagnostics };
}

function secondDocument(): Problem {
  return {
    severity: 'error',
    rule: 'policy/second-document',
    message: 'a policy file is one document, and this is a second one',
    fix: 'write all rules into one document',
    path: [],
    at: 'value',
  };
}

function wholeFile(file: string, words: Pick<Diagnostic, 'rule' | 'message' | 'fix'>): Diagnostic {
  return { severity: 'error', ...words, file, line: 1, column: 1, path: '' };
}
