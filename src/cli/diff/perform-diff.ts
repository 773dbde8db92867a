/** `cvmsg diff`: what changes from one set of declarations to another. */

import { stepText } from '../../core/text/step-text.ts';
import { count, listText, someOf } from '../../core/text/words.ts';
import { StateError } from '../../store/sqlite/state-error.ts';
import type { StateFile } from '../../store/sqlite/state-file.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { asksCluster, type ClusterFlags, refuseNamespaceAlone } from '../flags/cluster-flags.ts';
import { revisionBytes } from '../flags/revision-limit.ts';
import { diagnosticText, hasErrors } from '../output/diagnostic-text.ts';
import { code, inline } from '../output/markdown.ts';
import { structured } from '../output/structured.ts';
import { openStateForReading } from '../wiring/state-directory.ts';
import { type DiffSide, diffSide, groupInstances, type SideOptions } from './diff-side.ts';
import { type DiffView, diffText, fieldText, listsText, ownersText, summaryWords } from './diff-text.ts';
import { type BindingDiff, diffRevisions, type RevisionDiff } from './revision-diff.ts';

export interface DiffFlags extends ClusterFlags {
  readonly namespace: string | undefined;
  readonly source: string;
  readonly maxRevisionMib: number;
}

export async function performDiff(
  context: CommandContext,
  { args, flags }: { readonly args: readonly string[]; readonly flags: DiffFlags },
): Promise<ExitCode> {
  const [first = '', second] = args;
  const inCluster = asksCluster(flags);
  if (inCluster && second !== undefined) {
    throw new CliError(
      `a cluster keeps no revisions: one directory or git revision is compared with its objects: cvmsg diff ${second} --kubernetes`,
    );
  }
  refuseNamespaceAlone(flags);
  using file = stateIfAny(context);
  const signal = new AbortController().signal;
  const options: SideOptions = {
    source: flags.source,
    maxBytes: revisionBytes(flags),
    signal,
    state: file,
  };
  const from = inCluster
    ? await (await import('./cluster-side.ts')).clusterSide(context, flags)
    : await diffSide(context, first, options);
  const to = await diffSide(context, inCluster ? first : (second ?? ''), options);
  if (refuseDiagnostics(context, [from, to])) return EXIT.error;
  const diff = diffRevisions(from.declared, to.declared);
  context.io.stdout.write(await render(context, diff, { from, to }));
  return diff.bindings.length === 0 ? EXIT.ok : EXIT.changes;
}

function stateIfAny(context: CommandContext): StateFile | undefined {
  try {
    return openStateForReading(context);
  } catch (error) {
    if (error instanceof StateError && error.code === 'absent') return undefined;
    throw error;
  }
}

/** What an invalid document declares cannot be compared, and leaving it out would show it as removed. */
function refuseDiagnostics({ io, palette }: CommandContext, sides: readonly DiffSide[]): boolean {
  for (const { diagnostics, directory } of sides)
    for (const diagnostic of diagnostics) io.stderr.write(diagnosticText(diagnostic, palette, directory));
  const invalid = sides.filter(({ diagnostics }) => hasErrors(diagnostics));
  for (const { name, diagnostics } of invalid)
    io.stderr.write(`error: ${count(diagnostics.length, 'finding')} in "${name}"; nothing was compared\n`);
  return invalid.length > 0;
}

function render(
  { globals, palette }: CommandContext,
  diff: RevisionDiff,
  { from, to }: { readonly from: DiffSide; readonly to: DiffSide },
): Promise<string> | string {
  const view = { diff, from: from.name, to: to.name };
  switch (globals.output) {
    case 'json':
    case 'yaml':
      return structured({ from: from.data, to: to.data, ...diff }, globals.output);
    case 'markdown':
      return diffMarkdown(view);
    case 'text':
    case 'wide':
    case 'sarif':
      return diffText(view, palette);
    default:
      return globals.output satisfies never;
  }
}

// The difference of two revisions for a review.

const NAMED = 20;

export function diffMarkdown({ diff, from, to }: DiffView): string {
  const head = `### cvmsg diff ${code(from)} -> ${code(to)}\n\n${inline(summaryWords(diff))}.\n`;
  if (diff.bindings.length === 0) return head;
  const rows = diff.bindings.map((one) => `| ${code(one.binding)} | ${one.change} | ${whatText(one)} |`);
  const table = ['| binding | | change |', '|---|---|---|', ...rows].join('\n');
  const groups = groupInstances(diff.instances).map(
    ({ sample, instanceIds }) =>
      `- ${someOf(instanceIds.map(code), NAMED)} (${inline(ownersText(sample))}): ${code(listsText(sample))}`,
  );
  if (groups.length === 0) return `${head}\n${table}\n`;
  const summary = `${count(diff.instances.length, 'instance')} with another list`;
  return `${head}\n${table}\n\n<details><summary>${summary}</summary>\n\n${groups.join('\n')}\n\n</details>\n`;
}

function whatText({ change, before, after, steps, joined, left, fields }: BindingDiff): string {
  const lines = [
    ...(change === 'changed' ? [] : [listText(after ?? before ?? [])]),
    ...steps.map((step) => stepText(step)),
    ...fields.map(fieldText),
    ...(joined.length === 0 ? [] : [`${count(joined.length, 'instance')} joined: ${someOf(joined)}`]),
    ...(left.length === 0 ? [] : [`${count(left.length, 'instance')} left: ${someOf(left)}`]),
  ];
  return lines.map(inline).join('<br>');
}
