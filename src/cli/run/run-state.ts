/** What a run remembers: in a folder, or as long as it lives. */
import { systemClock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { DirectoryVerdicts } from '../../sinks/directory-verdicts.ts';
import { LocalState } from '../../sinks/local-state.ts';
import { MemoryState } from '../../sinks/memory-state.ts';
import type { ApprovalStore, Inventory, Journal, Sink } from '../../sinks/port.ts';
import { openInMemory, type StateFile } from '../../state/state-file.ts';
import type { CommandContext } from '../commands/command.ts';
import { actor, openState, stateDirectory } from '../wiring/state-directory.ts';

export interface RunState extends Disposable {
  readonly memory: Journal & Inventory & ApprovalStore;
  /** The folder; undefined when everything ends with the process. */
  readonly directory?: string;
  /** Absent where nothing has to be remembered of files. */
  readonly file?: StateFile;
  /** Takes the verdicts that do not stand in objects. */
  readonly sinks: readonly Sink[];
}

export interface RunStateOptions {
  readonly log: Log;
  /** Whether a directory, or a cluster, is followed. */
  readonly follows: { readonly directory: boolean; readonly cluster: boolean };
}

/** @throws StateError when the folder is another process's, or cannot be used. */
export function openRunState(context: CommandContext, { log, follows }: RunStateOptions): RunState {
  // In a cluster the facts stand in the objects; a folder is used when one is given.
  const onDisk = !follows.cluster || context.globals.stateDir !== undefined;
  if (!onDisk && !follows.directory) {
    return { memory: new MemoryState({ clock: systemClock }), sinks: [], [Symbol.dispose]: () => {} };
  }
  const file = onDisk ? openState(context) : openInMemory();
  if (file.setAside !== undefined) {
    const message = `the state file was damaged and is kept as "${file.setAside}"; a new one is begun`;
    log.error({ setAside: file.setAside }, message);
  }
  const memory = new LocalState(file, { clock: systemClock, actor: actor(context) });
  return {
    memory,
    file,
    ...(onDisk ? { directory: stateDirectory(context) } : {}),
    // What ends with the process need not hold again what the objects hold.
    sinks: [onDisk ? memory : new DirectoryVerdicts(memory)],
    [Symbol.dispose]: () => file.close(),
  };
}
