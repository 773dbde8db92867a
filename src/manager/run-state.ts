/** What a run remembers: in a folder, or as long as it lives. */

import type { StatusMemory } from '../directory/last-status.ts';
import type { Journal } from '../ports/journal.ts';
import type { Sink } from '../ports/status.ts';
import type { ApprovalStore, Inventory } from '../ports/store.ts';
import type { TrafficRecorder } from '../ports/traffic.ts';
import { systemClock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import { DirectoryStatuses } from '../store/directory-statuses.ts';
import { LocalState } from '../store/local-state.ts';
import { MemoryState } from '../store/memory-state.ts';
import { openForWriting, openInMemory, type StateFile } from '../store/sqlite/state-file.ts';

export interface RunState extends Disposable {
  readonly memory: Journal & Inventory & ApprovalStore;
  /** The folder; undefined when everything ends with the process. */
  readonly directory?: string;
  /** Absent where nothing has to be remembered of files. */
  readonly file?: StateFile;
  /** What was published before. */
  readonly statuses?: StatusMemory;
  /** Keep what changed traffic, where anything is kept. */
  readonly traffic: readonly TrafficRecorder[];
  /** Takes the statuses that do not stand in objects. */
  readonly sinks: readonly Sink[];
}

export interface RunStateOptions {
  readonly log: Log;
  /** Where the state is kept. */
  readonly folder: string;
  /** Whether somebody has named the folder: in a cluster none is used otherwise, because the facts stand in the objects. */
  readonly isNamed: boolean;
  /** Who writes: program, command, user, host and process. */
  readonly actor: string;
  /** Whether a directory, or a cluster, is followed. */
  readonly follows: { readonly directory: boolean; readonly cluster: boolean };
}

/** @throws StateError when the folder is another process's, or cannot be used. */
export function openRunState({ log, follows, folder, isNamed, actor }: RunStateOptions): RunState {
  const onDisk = !follows.cluster || isNamed;
  if (!onDisk && !follows.directory) {
    return {
      memory: new MemoryState(),
      sinks: [],
      traffic: [],
      [Symbol.dispose]: () => {},
    };
  }
  const file = onDisk ? openForWriting(folder, { owner: actor, clock: systemClock }) : openInMemory();
  if (file.setAside !== undefined) {
    const message = `the state file was damaged and is kept as "${file.setAside}"; a new one is begun`;
    log.error({ setAside: file.setAside }, message);
  }
  const memory = new LocalState(file, { clock: systemClock, actor });
  return {
    memory,
    file,
    statuses: memory,
    ...(onDisk ? { directory: folder } : {}),
    traffic: onDisk ? [memory] : [],
    // What ends with the process need not hold again what the objects hold.
    sinks: [onDisk ? memory : new DirectoryStatuses(memory)],
    [Symbol.dispose]: () => file.close(),
  };
}
