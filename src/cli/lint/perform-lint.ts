/** `cvmsg lint`: what declared lists say in vain. */
import { scopeKey } from '../../core/model.ts';
import { shortDuration } from '../../core/text/duration.ts';
import { visible } from '../../core/text/visible.ts';
import { count } from '../../core/text/words.ts';
import { systemClock } from '../../runtime/clock.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { revisionBytes } from '../flags/revision-limit.ts';
import { createLogger } from '../logging/logger.ts';
import { diagnosticText, hasErrors } from '../output/diagnostic-text.ts';
import { structured } from '../output/structured.ts';
import { unreachableText } from '../plan/unreachable-text.ts';
import { onStopSignals } from '../signals.ts';
import { byPlace, documentDiagnostics } from '../validate/document-diagnostics.ts';
import { type PathsReading, readPaths } from '../validate/read-paths.ts';
import { sarifLog } from '../validate/sarif.ts';
import { wireCloud } from '../wiring/cloud-wiring.ts';
import { loadPolicy } from '../wiring/policy.ts';
import { refuseMistyped } from '../wiring/source-directory.ts';
import { declaredLists, placesOf } from './declared-lists.ts';
import { type LintDiagnostic, type Review, type ReviewOptions, reviewLists } from './review-lists.ts';

interface LintFlags {
  readonly timeout: number;
  readonly maxRevisionMib: number;
}

export async function performLint(
  context: CommandContext,
  { args, flags }: { readonly args: readonly string[]; readonly flags: LintFlags },
): Promise<ExitCode> {
  const [directory = ''] = args;
  refuseMistyped(directory);
  const reading = readPaths([directory], { maxBytes: revisionBytes(flags) });
  const policy = loadPolicy(context.globals.policy);
  const invalid = documentDiagnostics(reading, [directory], policy).sort(byPlace);
  const review = hasErrors(invalid)
    ? { diagnostics: invalid, lists: [], unread: [], unreachable: [] }
    : await readAndReview(context, reading, {
        timeoutMs: flags.timeout,
        exposure: policy.exposure,
        directory,
      });
  if (review === 'interrupted') return EXIT.interrupted;
  const { io, palette } = context;
  if (!hasErrors(invalid)) for (const one of invalid) io.stderr.write(diagnosticText(one, palette));
  io.stdout.write(await render(context, review, reading));
  for (const { what, reason, ...scope } of review.unread) {
    io.stderr.write(
      `warning: ${scopeKey(scope)}: ${what} could not be read, so what they hold is not known: ${visible(reason)}\n`,
    );
  }
  for (const { scope, error } of review.unreachable) {
    io.stderr.write(`error: ${visible(unreachableText(context, { scope: scopeKey(scope), error }))}\n`);
  }
  return exitCode(review);
}

async function readAndReview(
  context: CommandContext,
  reading: PathsReading,
  { timeoutMs, ...asked }: Pick<ReviewOptions, 'exposure' | 'directory'> & { readonly timeoutMs: number },
): Promise<Review | 'interrupted'> {
  const stop = new AbortController();
  const forget = onStopSignals({
    onFirst: () => stop.abort(),
    onSecond: () => process.exit(EXIT.interrupted),
  });
  const late = new CliError(
    `the rules could not be read within ${shortDuration(timeoutMs)}; --timeout gives more time`,
  );
  const cancel = systemClock.setTimer(timeoutMs, () => stop.abort(late));
  try {
    await using cloud = wireCloud(context, createLogger(context));
    const review = await reviewLists(declaredLists(reading), {
      ruleReaders: cloud.ruleReaders,
      placeOf: placesOf(reading),
      signal: stop.signal,
      ...asked,
    });
    return { ...review, diagnostics: review.diagnostics.toSorted(byWeight) };
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    if (stop.signal.reason === late) throw late;
    return 'interrupted';
  } finally {
    cancel();
    forget();
  }
}

/** What somebody has to look at first comes first. */
function byWeight(a: LintDiagnostic, b: LintDiagnostic): number {
  return SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || byPlace(a, b);
}

const SEVERITIES: readonly LintDiagnostic['severity'][] = ['error', 'warning', 'info'];

/** What is told for information is no finding that a pipeline stops for. */
function exitCode({ diagnostics, unreachable }: Review): ExitCode {
  if (hasErrors(diagnostics) || unreachable.length > 0) return EXIT.error;
  return diagnostics.some(({ severity }) => severity === 'warning') ? EXIT.changes : EXIT.ok;
}

function summaryOf({ diagnostics, lists }: Review, { parsedFiles }: PathsReading) {
  const of = (severity: string) => diagnostics.filter((one) => one.severity === severity).length;
  return {
    files: parsedFiles.length,
    bindings: parsedFiles.reduce((sum, one) => sum + one.documents.length, 0),
    lists: lists.length,
    groups: new Set(lists.flatMap(({ scope, sgIds }) => sgIds.map((sgId) => `${scopeKey(scope)} ${sgId}`)))
      .size,
    errors: of('error'),
    warnings: of('warning'),
    infos: of('info'),
  };
}

async function render(
  { globals, palette, version }: CommandContext,
  review: Review,
  reading: PathsReading,
): Promise<string> {
  const { diagnostics, lists, unread, unreachable } = review;
  const summary = summaryOf(review, reading);
  switch (globals.output) {
    case 'json':
    case 'yaml':
      return structured(
        {
          summary,
          findings: diagnostics,
          lists: lists.map(({ scope, sgIds, declarations, orderedPairs }) => ({
            ...scope,
            sgIds,
            bindings: declarations,
            orderedPairs,
          })),
          unread,
          unreachable: unreachable.map(({ scope, error: { code, message } }) => ({
            ...scope,
            code,
            message,
          })),
        },
        globals.output,
      );
    case 'sarif':
      return structured(sarifLog(diagnostics, version), 'json');
    case 'text':
    case 'wide':
    case 'markdown':
      return diagnostics.map((one) => diagnosticText(one, palette)).join('') + summaryText(summary);
    default:
      return globals.output satisfies never;
  }
}

function summaryText(summary: ReturnType<typeof summaryOf>): string {
  const { files, bindings, lists, groups, errors, warnings, infos } = summary;
  const found = [
    ...(errors === 0 ? [] : [count(errors, 'error')]),
    ...(warnings === 0 ? [] : [count(warnings, 'warning')]),
    ...(infos === 0 ? [] : [`${infos} info`]),
  ];
  const result = found.length === 0 ? 'no finding' : found.join(', ');
  return `${count(files, 'file')}, ${count(bindings, 'valid binding')}, ${count(lists, 'list')} of ${count(groups, 'group')}: ${result}\n`;
}
