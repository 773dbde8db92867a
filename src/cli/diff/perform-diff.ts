/** `cvmsg diff`: what changed between two recorded revisions. */
import type { CommandContext, CommandInput } from '../commands/command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { Flags } from '../flags/flag.ts';
import {
  declaredAt,
  findRevision,
  type RecordedRevision,
  recordedRevisions,
  revisionName,
} from '../history/recorded-revisions.ts';
import { revisionData } from '../history/revision-table.ts';
import { structured } from '../output/structured.ts';
import { openStateForReading } from '../wiring/state-directory.ts';
import { diffMarkdown } from './diff-markdown.ts';
import { diffText } from './diff-text.ts';
import { diffRevisions, type RevisionDiff } from './revision-diff.ts';

export async function performDiff(context: CommandContext, { args }: CommandInput<Flags>): Promise<ExitCode> {
  using file = openStateForReading(context);
  const revisions = recordedRevisions(file);
  const from = findRevision(revisions, args[0] ?? '');
  const to = findRevision(revisions, args[1] ?? '');
  const diff = diffRevisions(declaredAt(file, from), declaredAt(file, to));
  context.io.stdout.write(await render(context, diff, { from, to }));
  return diff.bindings.length === 0 ? EXIT.ok : EXIT.changes;
}

function render(
  { globals, palette }: CommandContext,
  diff: RevisionDiff,
  { from, to }: { readonly from: RecordedRevision; readonly to: RecordedRevision },
): Promise<string> | string {
  const view = { diff, from: revisionName(from), to: revisionName(to) };
  switch (globals.output) {
    case 'json':
    case 'yaml':
      return structured({ from: revisionData(from), to: revisionData(to), ...diff }, globals.output);
    case 'markdown':
      return diffMarkdown(view);
    case 'text':
    case 'sarif':
      return diffText(view, palette);
    default:
      return globals.output satisfies never;
  }
}
