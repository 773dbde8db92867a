/** `cvmsg validate`: documents judged without the cloud. */

import { resolve } from 'node:path';
import type { Diagnostic } from '../../api/diagnostic.ts';
import { POLICY_KIND } from '../../api/policy-document.ts';
import { API_VERSION } from '../../api/resource.ts';
import type { Permission } from '../../core/permission.ts';
import type { Policy } from '../../core/policy.ts';
import { shellWord } from '../../core/text/shell-word.ts';
import { visible } from '../../core/text/visible.ts';
import { count } from '../../core/text/words.ts';
import { permissionDiagnostics } from '../../directory/permissions.ts';
import { parseYamlFile } from '../../documents/yaml-file.ts';
import type { CommandContext, CommandInput } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { Flag } from '../flags/flag.ts';
import { revisionBytes } from '../flags/revision-limit.ts';
import { diagnosticText, hasErrors } from '../output/diagnostic-text.ts';
import { structured } from '../output/structured.ts';
import { permissionData } from '../plan/plan-data.ts';
import { permissionLine } from '../plan/plan-text.ts';
import { policyOf } from '../wiring/policy.ts';
import { readPolicyFile } from '../wiring/policy-file.ts';
import { byPlace, documentDiagnostics } from './document-diagnostics.ts';
import { permissionsIn, policyDiagnostics } from './policy-diagnostics.ts';
import { type PathsReading, readPaths, STANDARD_INPUT } from './read-paths.ts';
import { sarifLog } from './sarif.ts';

interface Summary {
  readonly files: number;
  readonly bindings: number;
  readonly skipped: number;
  readonly errors: number;
  readonly warnings: number;
}

interface Result {
  readonly diagnostics: readonly Diagnostic[];
  readonly permissions: readonly Permission[];
  readonly summary: Summary;
  readonly skippedIn: readonly SkippedFile[];
  /** Files of policies. */
  readonly unjudged: readonly string[];
}

export async function performValidate(
  context: CommandContext,
  { args, flags }: CommandInput<{ maxRevisionMib: Flag<number> }>,
): Promise<ExitCode> {
  const paths = args.length === 0 ? ['.'] : args;
  const reading = readPaths(paths, { maxBytes: revisionBytes(flags) });
  const { parsedFiles } = reading;
  const checked = checkPolicyFile(context, reading);
  const permissions = permissionsIn(reading, checked.policy);
  const diagnostics = [
    ...checked.diagnostics,
    ...permissionDiagnostics(permissions),
    ...documentDiagnostics(reading, paths, checked.policy),
  ].sort(byPlace);
  const skippedIn = skippedFiles(reading);
  const unjudged = unjudgedPolicies(skippedIn, reading, context.globals.policy);
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'error').length;
  const summary: Summary = {
    files: parsedFiles.length,
    bindings: parsedFiles.reduce((sum, reading) => sum + reading.documents.length, 0),
    skipped: skippedIn.reduce((sum, { documents }) => sum + documents, 0),
    errors,
    warnings: diagnostics.length - errors,
  };
  context.io.stdout.write(await render(context, { diagnostics, permissions, summary, skippedIn, unjudged }));
  return hasErrors(diagnostics) ? EXIT.error : EXIT.ok;
}

/** The policy itself, and the bindings by it where it is valid. */
function checkPolicyFile(
  { globals }: CommandContext,
  reading: PathsReading,
): { readonly policy: Policy; readonly diagnostics: readonly Diagnostic[] } {
  if (globals.policy === undefined) return { policy: policyOf({}), diagnostics: [] };
  const { policy: document, diagnostics } = readPolicyFile(globals.policy, { directory: true });
  const policy = policyOf(document ?? {});
  return {
    policy,
    diagnostics: [...diagnostics, ...(document === undefined ? [] : policyDiagnostics(reading, policy))],
  };
}

async function render(
  { globals, palette, version }: CommandContext,
  { diagnostics, permissions, summary, skippedIn, unjudged }: Result,
): Promise<string> {
  switch (globals.output) {
    case 'json':
    case 'yaml':
      return structured(
        {
          summary,
          findings: diagnostics,
          ...(skippedIn.length === 0 ? {} : { skippedIn }),
          ...(permissions.length === 0 ? {} : { permissions: permissions.map(permissionData) }),
        },
        globals.output,
      );
    case 'sarif':
      return structured(sarifLog(diagnostics, version), 'json');
    case 'text':
    case 'wide':
    case 'markdown':
      return (
        diagnostics.map((diagnostic) => `${diagnosticText(diagnostic, palette)}\n`).join('') +
        permissions.map((one) => `${permissionLine(one)}\n`).join('') +
        unjudged.map(policyNote).join('') +
        summaryText(summary, skippedIn.length)
      );
    default:
      return globals.output satisfies never;
  }
}

function policyNote(file: string): string {
  const word = visible(shellWord(file));
  return `note: the policy in ${word} is judged with --policy ${file === STANDARD_INPUT ? 'FILE' : word}\n`;
}

function summaryText(
  { files, bindings, skipped, errors, warnings }: Summary,
  filesWithSkipped: number,
): string {
  const which = filesWithSkipped === 1 ? 'its file' : 'their files';
  const others =
    skipped === 0 ? '' : `, ${count(skipped, 'document')} of other kinds skipped (-o json names ${which})`;
  const result =
    errors === 0
      ? warnings === 0
        ? 'no finding'
        : count(warnings, 'warning')
      : `${count(errors, 'error')}${warnings === 0 ? '' : `, ${count(warnings, 'warning')}`}`;
  return `${count(files, 'file')}, ${count(bindings, 'valid binding')}${others}: ${result}\n`;
}

// Files with documents that are none of bindings, and policies among these.

interface SkippedFile {
  readonly file: string;
  /** How many. */
  readonly documents: number;
}

function skippedFiles({ parsedFiles }: PathsReading): SkippedFile[] {
  return parsedFiles
    .filter(({ skipped }) => skipped > 0)
    .map(({ file, skipped }) => ({ file, documents: skipped }));
}

/** Those of them with a policy that nobody has asked to judge. @param judged the file of `--policy`. */
function unjudgedPolicies(
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
