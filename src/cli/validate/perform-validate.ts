/** `cvmsg validate`: documents judged without the cloud. */
import type { Finding } from '../../api/finding.ts';
import { checkRevision } from '../../api/revision-check.ts';
import type { Permission } from '../../core/permission.ts';
import type { Policy } from '../../core/policy.ts';
import { permissionFindings } from '../../sources/directory/permissions.ts';
import type { CommandContext, CommandInput } from '../commands/command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { Flag } from '../flags/flag.ts';
import { revisionBytes } from '../flags/revision-limit.ts';
import { findingText, hasErrors } from '../output/finding-text.ts';
import { structured } from '../output/structured.ts';
import { count } from '../output/words.ts';
import { permissionData } from '../plan/plan-data.ts';
import { permissionLine } from '../plan/plan-text.ts';
import { policyOf } from '../wiring/policy.ts';
import { readPolicyFile } from '../wiring/policy-file.ts';
import { permissionsIn, policyFindings, rightsIn } from './policy-findings.ts';
import { type PathsReading, readPaths } from './read-paths.ts';
import { sarifLog } from './sarif.ts';

interface Summary {
  readonly files: number;
  readonly bindings: number;
  readonly skipped: number;
  readonly errors: number;
  readonly warnings: number;
}

interface Verdict {
  readonly findings: readonly Finding[];
  readonly permissions: readonly Permission[];
  readonly summary: Summary;
}

export async function performValidate(
  context: CommandContext,
  { args, flags }: CommandInput<{ maxRevisionMib: Flag<number> }>,
): Promise<ExitCode> {
  const paths = args.length === 0 ? ['.'] : args;
  const reading = readPaths(paths, { maxBytes: revisionBytes(flags) });
  const { readings, findings: refused } = reading;
  const judged = judgePolicy(context, reading);
  const permissions = permissionsIn(reading, judged.policy);
  const findings = [
    ...judged.findings,
    ...permissionFindings(permissions),
    ...readings.flatMap((reading) => reading.findings),
    ...checkRevision(readings, rightsIn(reading, judged.policy)),
    ...refused,
    ...(readings.length === 0 && refused.length === 0 ? [nothingToJudge(paths)] : []),
  ].sort(byPlace);
  const errors = findings.filter((finding) => finding.severity === 'error').length;
  const summary: Summary = {
    files: readings.length,
    bindings: readings.reduce((sum, reading) => sum + reading.documents.length, 0),
    skipped: readings.reduce((sum, reading) => sum + reading.skipped, 0),
    errors,
    warnings: findings.length - errors,
  };
  context.io.stdout.write(await render(context, { findings, permissions, summary }));
  return hasErrors(findings) ? EXIT.error : EXIT.ok;
}

/** The policy itself, and the bindings by it where it is valid. */
function judgePolicy(
  { globals }: CommandContext,
  reading: PathsReading,
): { readonly policy: Policy; readonly findings: readonly Finding[] } {
  if (globals.policy === undefined) return { policy: policyOf({}), findings: [] };
  const { policy: document, findings } = readPolicyFile(globals.policy, { directory: true });
  const policy = policyOf(document ?? {});
  return {
    policy,
    findings: [...findings, ...(document === undefined ? [] : policyFindings(reading, policy))],
  };
}

/** A mistyped path must not pass for a valid revision. */
function nothingToJudge(paths: readonly string[]): Finding {
  return {
    severity: 'error',
    rule: 'source/empty',
    message: `no YAML file in ${paths.map((path) => `"${path}"`).join(', ')}`,
    fix: 'name a directory or a file of bindings',
    file: paths[0] ?? '.',
    line: 1,
    column: 1,
    path: '',
  };
}

async function render(
  { globals, palette, version }: CommandContext,
  { findings, permissions, summary }: Verdict,
): Promise<string> {
  switch (globals.output) {
    case 'json':
    case 'yaml':
      return structured(
        {
          summary,
          findings,
          ...(permissions.length === 0 ? {} : { permissions: permissions.map(permissionData) }),
        },
        globals.output,
      );
    case 'sarif':
      return structured(sarifLog(findings, version), 'json');
    case 'text':
    case 'markdown':
      return (
        findings.map((finding) => `${findingText(finding, palette)}\n`).join('') +
        permissions.map((one) => `${permissionLine(one)}\n`).join('') +
        summaryText(summary)
      );
    default:
      return globals.output satisfies never;
  }
}

function summaryText({ files, bindings, skipped, errors, warnings }: Summary): string {
  const others = skipped === 0 ? '' : `, ${count(skipped, 'document')} of other kinds skipped`;
  const verdict =
    errors === 0
      ? warnings === 0
        ? 'no finding'
        : count(warnings, 'warning')
      : `${count(errors, 'error')}${warnings === 0 ? '' : `, ${count(warnings, 'warning')}`}`;
  return `${count(files, 'file')}, ${count(bindings, 'valid binding')}${others}: ${verdict}\n`;
}

function byPlace(a: Finding, b: Finding): number {
  return (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column;
}
