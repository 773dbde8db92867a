/** A revision with invalid documents is not planned: every finding is printed instead. */
import type { CommandContext } from '../commands/command.ts';
import { findingText, hasErrors } from '../output/finding-text.ts';
import { structured } from '../output/structured.ts';
import { count } from '../output/words.ts';
import type { DirectoryReading } from '../wiring/directory-reading.ts';

/** Prints the findings, and that there is no binding; true when one of them is an error, so that nothing else may be done. */
export async function refuseFindings(context: CommandContext, reading: DirectoryReading): Promise<boolean> {
  const { findings, directory, revision } = reading;
  const { io, palette, globals } = context;
  const refused = hasErrors(findings);
  if (refused && (globals.output === 'json' || globals.output === 'yaml')) {
    io.stdout.write(await structured({ revision, findings }, globals.output));
  }
  for (const finding of findings) io.stderr.write(findingText(finding, palette, directory));
  if (refused) {
    io.stderr.write(`error: ${count(findings.length, 'finding')} in "${directory}"; nothing else was done\n`);
  } else if (reading.bindings.size === 0) {
    const others = count(reading.skipped, 'document');
    io.stderr.write(
      `warning: "${directory}" declares no binding: ${count(reading.files, 'YAML file')}, ${others} of other kinds; name the directory of the bindings\n`,
    );
  }
  return refused;
}
