/** Files with documents that are none of bindings, and policies among these. */
import { resolve } from 'node:path';
import { POLICY_KIND } from '../../api/policy-document.ts';
import { API_VERSION } from '../../api/resource.ts';
import { parseYamlFile } from '../../documents/yaml-file.ts';
import type { PathsReading } from './read-paths.ts';

export interface SkippedFile {
  readonly file: string;
  /** How many. */
  readonly documents: number;
}

export function skippedFiles({ parsedFiles }: PathsReading): SkippedFile[] {
  return parsedFiles
    .filter(({ skipped }) => skipped > 0)
    .map(({ file, skipped }) => ({ file, documents: skipped }));
}

/** Those of them with a policy that nobody has asked to judge. @param judged the file of `--policy`. */
export function unjudgedPolicies(
  files: readonly SkippedFile[],
  { textOf }: PathsReading,
  judged: string | undefined,
): string[] {
  const isJudged = (file: string) => judged !== undefined && resolve(file) === resolve(judged);
  return files.map(({ file }) => file).filter((file) => !isJudged(file) && holdsPolicy(textOf(file)));
}

function holdsPolicy(text: string): boolean {
  return (
    text.includes(POLICY_KIND) &&
    parseYamlFile(text).documents.some(
      (document) => document.get('kind') === POLICY_KIND && document.get('apiVersion') === API_VERSION,
    )
  );
}
