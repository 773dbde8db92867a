/** What `run` says first: what it keeps, and how. */
import type { Log } from '../../runtime/log.ts';
import type { CommandContext } from '../commands/command.ts';

export function announceRun(
  context: CommandContext,
  log: Log,
  {
    directory,
    cluster,
    stateDir,
  }: Readonly<Record<'directory' | 'cluster' | 'stateDir', string | undefined>>,
): void {
  const { globals, version } = context;
  const fields = {
    version,
    source: directory,
    cluster,
    stateDir,
    api: globals.api,
    endpoint: globals.endpoint ?? 'the vendor',
    readsPerSecond: globals.readsPerSecond,
    writesPerSecond: globals.writesPerSecond,
    maxGroups: globals.maxGroups,
    intervalMs: globals.interval,
  };
  const declared = [directory, cluster].filter((one) => one !== undefined).map((one) => `"${one}"`);
  log.info(fields, `cvmsg ${version} keeps what ${declared.join(' and ')} declares`);
}
