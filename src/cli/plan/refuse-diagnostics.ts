/** A revision with invalid documents is not planned: every diagnostic is printed instead. */

import { count } from '../../core/text/words.ts';
import type { CommandContext } from '../command.ts';
import { diagnosticText, hasErrors } from '../output/diagnostic-text.ts';
import { structured } from '../output/structured.ts';
import type { DirectoryReading } from '../wiring/directory-reading.ts';

/** Prints the diagnostics, and that there is no binding; true when one of them is an error, so that nothing else may be done. */
export async function refuseDiagnostics(
  context: CommandContext,
  reading: DirectoryReading,
): Promise<boolean> {
  const { diagnostics, directory, revision } = reading;
  const { io, palette, globals } = context;
  const refused = hasErrors(diagnostics);
  if (refused && (globals.output === 'json' || globals.output === 'yaml')) {
    io.stdout.write(await structured({ revision, findings: diagnostics }, globals.output));
  }
  for (const diagnostic of diagnostics) io.stderr.write(diagnosticText(diagnostic, palette, directory));
  if (refused) {
    io.stderr.write(
      `error: ${count(diagnostics.length, 'finding')} in "${directory}"; nothing else was done\n`,
    );
  } else if (reading.bindings.size === 0) {
    const others = count(reading.skipped, 'document');
    io.stderr.write(
      `warning: "${directory}" declares no binding: ${count(reading.files, 'YAML file')}, ${others} of other kinds; name the directory of the bindings\n`,
    );
  }
  return refused;
}
