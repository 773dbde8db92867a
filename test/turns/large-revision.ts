/** `cvmsg run` over a directory with the largest revision that it may have, and a cloud that answers at once. */

import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SecurityGroupId } from '../../src/api/ids.ts';
import { commitWords } from '../../src/cli/git/commit-words.ts';
import { committedContent } from '../../src/cli/git/committed-content.ts';
import type { Controller } from '../../src/controller/controller.ts';
import { DEFAULT_SETTINGS } from '../../src/core/settings.ts';
import { createController } from '../../src/manager/create-controller.ts';
import { setUpDirectory } from '../../src/manager/directory-setup.ts';
import type { CloudClient, CloudProvider } from '../../src/ports/cloud.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLog } from '../../src/runtime/log.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { LocalState } from '../../src/store/local-state.ts';
import { openForWriting } from '../../src/store/sqlite/state-file.ts';
import { plainBinding } from './worst-files.ts';

export const BINDINGS = 20_000;
/** Files of this many are short, and read here. */
const BINDINGS_OF_FILE = 40;
const CHECK_EVERY_MS = 60_000;
export const INSTANCES_OF_BINDING = 10;
export const SETTINGS = {
  ...DEFAULT_SETTINGS,
  policy: {
    ...DEFAULT_SETTINGS.policy,
    verifyGroups: false,
    blastRadius: { share: 0.1, count: 10, periodMs: 3_600_000 },
  },
};
/** What {@link plainBinding} declares. */
export const DECLARED = 'sg-1sdj39df' as SecurityGroupId;
export const INSTANCE = {
  state: 'RUNNING',
  restrictState: 'NORMAL',
  latestOperationState: 'SUCCESS',
};

/** Publishes a revision as git-sync does. @param instancesOf the instances of the nth binding; without one it is not declared. */
export function publish(folder: string, commit: string, instancesOf: (n: number) => readonly number[]): void {
  publishTexts(folder, commit, (n) => {
    const ids = instancesOf(n).map((number) => `ins-${number.toString(36).padStart(8, '0')}`);
    return ids.length === 0 ? '' : plainBinding(`web-${n}`, `[${ids.join(', ')}]`);
  });
}

/** The same of any documents. @param documentOf the nth document; '' for none. */
export function publishTexts(folder: string, commit: string, documentOf: (n: number) => string): void {
  const worktree = join(folder, 'worktrees', commit.repeat(40));
  mkdirSync(worktree, { recursive: true });
  for (let file = 0; file < BINDINGS / BINDINGS_OF_FILE; file++) {
    const documents = Array.from({ length: BINDINGS_OF_FILE }, (_, index) => {
      const text = documentOf(file * BINDINGS_OF_FILE + index);
      return text === '' ? '' : `---\n${text}`;
    });
    writeFileSync(join(worktree, `${file}.yaml`), documents.join(''));
  }
  symlinkSync(worktree, join(folder, 'new'));
  renameSync(join(folder, 'new'), join(folder, 'live'));
}

/** A cloud that answers at once: every instance is there, with this one group. */
export const cloudWith = (group: SecurityGroupId): CloudProvider => ({
  client: (scope): CloudClient => ({
    scope,
    api: 'v3',
    writeLimits: { maxInstances: 100, oneListPerCall: true },
    describeInstances: async (ids) => ({
      ok: true,
      requestId: 'r',
      api: 'v3',
      value: ids.map((instanceId) => ({ ...INSTANCE, sgIds: [group], instanceId })),
    }),
    listInstances: async () => ({ ok: true, requestId: 'r', api: 'v3', value: { items: [], total: 0 } }),
    listSecurityGroups: async () => ({ ok: true, requestId: 'r', api: 'v3', value: { items: [], total: 0 } }),
    describeGroupLimit: async () => ({ ok: true, requestId: 'r', api: 'v3', value: 10 }),
    writeSecurityGroups: async () => ({ ok: true, requestId: 'r', api: 'v3', value: null }),
  }),
});

export interface LargeRun {
  readonly controller: Controller;
  /** Names of the revisions that were taken in as a whole. */
  readonly revisions: readonly string[];
  /** Ends it as SIGTERM does. */
  stop(): Promise<void>;
}

/** `cvmsg run` over the directory that was published. @param cloud absent: one in which every instance has the declared list. */
export function startRun(folder: string, cloud = cloudWith(DECLARED), settings = SETTINGS): LargeRun {
  const file = openForWriting(join(folder, 'state'), { owner: 'test', clock: systemClock });
  const state = new LocalState(file, { clock: systemClock, actor: 'test' });
  const { source, recorder } = setUpDirectory(join(folder, 'live'), {
    file,
    statuses: state,
    log: silentLog,
    rules: SETTINGS.policy,
    isBesideCluster: false,
    by: 'test',
    checkEveryMs: CHECK_EVERY_MS,
    committed: committedContent,
    commitWords,
    maxBytes: 32 * 1024 * 1024,
  });
  const revisions: string[] = [];
  const controller = createController({
    sources: [source],
    sinks: [state],
    cloud: { provider: cloud },
    memory: { journal: state, inventory: state },
    recorders: [source, recorder],
    approvals: state,
    settings,
    clock: systemClock,
    random: seededRandom(1),
    log: silentLog,
    onRevision: async (_, report) => {
      await recorder.revision(report);
      revisions.push(report.revision);
    },
    onProblem: (_, problem) => recorder.problem(problem),
  });
  const stop = new AbortController();
  const ended = controller.run(stop.signal);
  return {
    controller,
    revisions,
    async stop() {
      stop.abort(new Error('the test ends'));
      await ended;
      file.close();
    },
  };
}
