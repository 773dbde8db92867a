/** `cvmsg run`: the controller over a directory, until it is stopped. */
import { resolve } from 'node:path';
import { Controller } from '../../controller/controller.ts';
import { systemClock } from '../../runtime/clock.ts';
import { systemRandom } from '../../runtime/random.ts';
import { LocalState } from '../../sinks/local-state.ts';
import { DirectorySource } from '../../sources/directory/directory-source.ts';
import { diskTree } from '../../sources/directory/file-tree.ts';
import { chokidarWatch } from '../../sources/directory/watcher.ts';
import { DeclarationTable } from '../../state/declaration-table.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext, CommandInput } from '../commands/command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { Flag } from '../flags/flag.ts';
import { createLogger } from '../logging/logger.ts';
import { ToldJournal } from '../logging/told-journal.ts';
import { wireCloud } from '../wiring/cloud-wiring.ts';
import { controllerSettings } from '../wiring/controller-settings.ts';
import { actor, openState, stateDirectory } from '../wiring/state-directory.ts';
import { SourceNarrator } from './source-narrator.ts';
import { stopGracefully } from './stop-gracefully.ts';

export async function performRun(
  context: CommandContext,
  { flags }: CommandInput<{ source: Flag<string | undefined> }>,
): Promise<ExitCode> {
  if (flags.source === undefined) {
    throw new CliError('--source is missing; name the directory of bindings: cvmsg run --source DIR');
  }
  const { globals } = context;
  const log = createLogger(context);
  const root = resolve(flags.source);
  await using cloud = wireCloud(context, log);
  using file = openState(context);
  if (file.setAside !== undefined) {
    log.error(
      { setAside: file.setAside },
      `the state file was damaged and is kept as "${file.setAside}"; a new one is begun`,
    );
  }
  const state = new LocalState(file, { clock: systemClock, actor: actor(context) });
  const narrator = new SourceNarrator(file, { log, source: root, checkEveryMs: globals.interval });
  const source = new DirectorySource({
    root,
    tree: diskTree,
    clock: systemClock,
    log,
    store: new DeclarationTable(file.database),
    watch: chokidarWatch,
  });
  const controller = new Controller({
    sources: [source],
    sinks: [state],
    cloud: cloud.provider,
    journal: new ToldJournal(state, log),
    inventory: state,
    settings: controllerSettings(globals),
    clock: systemClock,
    random: systemRandom,
    log,
    onRevision: (_, report) => narrator.revision(report),
    onProblem: (_, problem) => narrator.problem(problem),
  });
  log.info(
    {
      version: context.version,
      source: root,
      stateDir: stateDirectory(context),
      api: globals.api,
      endpoint: globals.endpoint ?? 'the vendor',
      readsPerSecond: globals.readsPerSecond,
      writesPerSecond: globals.writesPerSecond,
      maxGroups: globals.maxGroups,
      intervalMs: globals.interval,
    },
    `cvmsg ${context.version} keeps what "${root}" declares`,
  );
  const stop = stopGracefully(log, { giveUp: () => controller.abort(), release: () => file.close() });
  try {
    await controller.run(stop.signal);
  } finally {
    stop.forget();
  }
  log.info({ calls: cloud.tally.calls }, 'stopped; every call has ended');
  return EXIT.ok;
}
