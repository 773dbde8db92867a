/** Keeps a simulator across restarts: lists, states, faults and keys, in one JSON file that is always whole. */

import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { messageOf } from '../api/message-of.ts';
import { writeFileBelow } from '../runtime/file-draft.ts';
import type { KnownCredential } from './credentials.ts';
import type { Fault } from './fault.ts';
import type { Fleet } from './fleet.ts';
import { isMap } from './instance-fields.ts';
import { createSimulator, type Simulator, type SimulatorOptions } from './simulator.ts';

const FORMAT = 'cvmsg-simulator/1';

/** How soon after a change the file follows. */
const SAVE_INTERVAL_MS = 500;

interface SavedSimulator {
  readonly format: typeof FORMAT;
  readonly fleet: Fleet;
  readonly faults: readonly Fault[];
  /** The keys it started with. */
  readonly credentials: readonly KnownCredential[];
  /** The keys it handed out. */
  readonly temporary: readonly KnownCredential[];
}

export interface KeptSimulator {
  readonly simulator: Simulator;
  /** True when the file was there, so that the given fleet was not used. */
  readonly restored: boolean;
  /** Writes what changed since the last save. */
  save(): Promise<void>;
  /** Saves for the last time and stops. */
  close(): Promise<void>;
}

/**
 * Creates a simulator from the file, or from the options where there is no file yet, and keeps the file up to date.
 * A save that fails is told to `onError` and tried again.
 * @throws Error when the file exists and cannot be used.
 */
export async function openSimulator(
  options: SimulatorOptions,
  path: string,
  onError: (error: unknown) => void = () => {},
): Promise<KeptSimulator> {
  const saved = await readStateFile(path);
  const simulator = createSimulator(
    saved === null ? options : { ...options, fleet: saved.fleet, credentials: saved.credentials },
  );
  if (saved !== null) {
    simulator.faults.restore(saved.faults);
    for (const credential of saved.temporary) simulator.credentialBook.add(credential);
  }
  let savedVersion = saved === null ? '' : versionOf(simulator);
  let saving = Promise.resolve();
  const save = (): Promise<void> => {
    saving = saving
      .catch(() => {})
      .then(async () => {
        const version = versionOf(simulator);
        if (version === savedVersion) return;
        writeStateFile(path, snapshot(simulator));
        savedVersion = version;
      });
    return saving;
  };
  await save();
  let cancel = () => {};
  const schedule = () => {
    cancel = simulator.clock.setTimer(SAVE_INTERVAL_MS, () => {
      save().catch(onError);
      schedule();
    });
  };
  schedule();
  return {
    simulator,
    restored: saved !== null,
    save,
    close: () => {
      cancel();
      return save();
    },
  };
}

function versionOf({ state, faults, credentialBook }: Simulator): string {
  return `${state.version}.${faults.version}.${credentialBook.version}`;
}

function snapshot(simulator: Simulator): SavedSimulator {
  const { credentials, credentialBook, faults, state } = simulator;
  const given = new Set(credentials.map((it) => it.secretId));
  return {
    format: FORMAT,
    fleet: state.toFleet(),
    faults: faults.list(),
    credentials,
    temporary: credentialBook.list().filter((it) => !given.has(it.secretId)),
  };
}

/** Null when there is no file. @throws Error when it is not a simulator's. */
async function readStateFile(path: string): Promise<SavedSimulator | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw new Error(`The state file '${path}' cannot be read: ${messageOf(error)}`, { cause: error });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(
      `The state file '${path}' is not JSON; move it away to start afresh: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
  if (!isMap(value) || value.format !== FORMAT) {
    throw new Error(`The file '${path}' is not a simulator's state (format '${FORMAT}'); name another file.`);
  }
  return value as unknown as SavedSimulator;
}

/** Readable by its owner only, for it holds keys. */
function writeStateFile(path: string, saved: SavedSimulator): void {
  try {
    const options = { mode: 0o600, durable: true };
    writeFileBelow(dirname(path), basename(path), `${JSON.stringify(saved)}\n`, options);
  } catch (error) {
    throw new Error(`The state file '${path}' cannot be written: ${messageOf(error)}`, { cause: error });
  }
}
