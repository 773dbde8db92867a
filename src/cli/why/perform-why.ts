/** `cvmsg why`: one instance explained. */
import { isInstanceId } from '../../api/ids.ts';
import { systemClock } from '../../runtime/clock.ts';
import { currentWriter } from '../../state/writer-lock.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext, CommandInput } from '../commands/command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { journalData } from '../history/journal-view.ts';
import { structured } from '../output/structured.ts';
import { openStateForReading, stateDirectory } from '../wiring/state-directory.ts';
import { explain } from './explanation.ts';
import { explanationText } from './explanation-text.ts';

export async function performWhy(
  context: CommandContext,
  { args }: CommandInput<Record<never, never>>,
): Promise<ExitCode> {
  const { io, globals, palette } = context;
  const instanceId = args[0] ?? '';
  if (!isInstanceId(instanceId)) {
    throw new CliError(`Expected an instance id such as ins-4q118hl2, got "${instanceId}"`);
  }
  using file = openStateForReading(context);
  const explanation = explain(file, instanceId);
  if (explanation === undefined) {
    const directory = stateDirectory(context);
    throw new CliError(
      `nothing is known of ${instanceId} in "${directory}": no binding claims it and nothing was ever written to it; \`cvmsg get\` lists the bindings`,
    );
  }
  const controller = currentWriter(stateDirectory(context));
  if (globals.output === 'json' || globals.output === 'yaml') {
    const { lastWrite, ...rest } = explanation;
    const value = {
      ...rest,
      controller: controller ?? null,
      lastWrite: lastWrite === undefined ? null : journalData(lastWrite),
    };
    io.stdout.write(await structured(value, globals.output));
    return EXIT.ok;
  }
  io.stdout.write(explanationText(explanation, { palette, nowMs: systemClock.wall(), controller }));
  return EXIT.ok;
}
