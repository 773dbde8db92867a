/** Reads a policy file. Never throws: whatever is wrong becomes a finding. */
import type { Document } from 'yaml';
import { expandDocument } from '../alias-expansion.ts';
import { duplicateKeys } from '../duplicate-keys.ts';
import { boundedWords, type Fault } from '../fault.ts';
import { decodeFile } from '../file-text.ts';
import type { Finding } from '../finding.ts';
import { capFindings, type FaultySubject, placeFault, placeInText } from '../finding-placement.ts';
import { messageOf } from '../message-of.ts';
import { yamlFault } from '../yaml-faults.ts';
import { parseYamlFile } from '../yaml-file.ts';
import { checkPolicy, type PolicyUse, type PolicyVerdict } from './policy-check.ts';
import { POLICY_API_VERSION, POLICY_KIND, type PolicyDocument } from './policy-document.ts';
import type { JudgeSchedule } from './schedule-faults.ts';

export interface PolicyReading {
  /** Absent when a finding is an error. */
  readonly policy?: PolicyDocument;
  readonly findings: readonly Finding[];
}

/** Reads the one document of a policy file. */
export function readPolicy(
  file: string,
  bytes: Uint8Array,
  judgeSchedule: JudgeSchedule,
  use?: PolicyUse,
): PolicyReading {
  const decoded = decodeFile(bytes);
  if (!decoded.ok) {
    const { ok: _, ...fault } = decoded;
    return { findings: [{ severity: 'error', ...fault, file, path: '' }] };
  }
  try {
    return readText(file, decoded.text, (value) => checkPolicy(value, judgeSchedule, use));
  } catch (error) {
    return {
      findings: [
        wholeFile(file, {
          rule: 'file/unreadable',
          message: boundedWords(`the file cannot be read as YAML: ${messageOf(error)}`),
          fix: 'write the document in a simpler way',
        }),
      ],
    };
  }
}

function readText(file: string, text: string, check: (value: unknown) => PolicyVerdict): PolicyReading {
  const yaml = parseYamlFile(text);
  const [refused] = yaml.refused;
  if (refused !== undefined) return { findings: [placeInText({ file, yaml }, refused.fault)] };
  const [document, second] = yaml.documents.filter(
    ({ contents, errors }) => contents !== null || errors.length > 0,
  );
  if (document === undefined) {
    return {
      findings: [
        wholeFile(file, {
          rule: 'policy/empty',
          message: 'the policy file says nothing',
          fix: `start it with \`apiVersion: ${POLICY_API_VERSION}\` and \`kind: ${POLICY_KIND}\`, or do not name it`,
        }),
      ],
    };
  }
  const place = (subject: Document, faults: readonly Fault[]): readonly Finding[] => {
    const { contents } = subject;
    const at = { file, yaml, document: subject, node: contents as FaultySubject['node'], prefix: [] };
    return faults.map((fault) => placeFault(at, fault));
  };
  const mistakes = yaml.documents.flatMap((one) => place(one, one.errors.map(yamlFault)));
  if (second !== undefined && mistakes.length === 0) mistakes.push(...place(second, [secondDocument()]));
  if (mistakes.length > 0) return { findings: capFindings(file, mistakes) };
  const expanded = expandDocument(document);
  const local = [...duplicateKeys(document), ...document.warnings.map(yamlFault)];
  if (!expanded.ok || local.length > 0) {
    return { findings: capFindings(file, place(document, expanded.ok ? local : [...local, expanded.fault])) };
  }
  const { policy, faults } = check(expanded.value);
  const findings = capFindings(file, place(document, faults));
  return policy === undefined ? { findings } : { policy, findings };
}

function secondDocument(): Fault {
  return {
    severity: 'error',
    rule: 'policy/second-document',
    message: 'a policy file is one document, and this is a second one',
    fix: 'write all rules into one document',
    path: [],
    at: 'value',
  };
}

function wholeFile(file: string, words: Pick<Finding, 'rule' | 'message' | 'fix'>): Finding {
  return { severity: 'error', ...words, file, line: 1, column: 1, path: '' };
}
