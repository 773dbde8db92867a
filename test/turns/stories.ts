/**
 * What holds the event loop longest, each told in a process of its own as the product is: the heap of a test runner beside
 * it would make every collection longer. `node stories.ts NAME` prints the longest turn of each chapter in milliseconds, as JSON.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bindingKey, type SecurityGroupId } from '../../src/api/ids.ts';
import type { Controller } from '../../src/controller/controller.ts';
import { Metrics } from '../../src/http/metrics.ts';
import type { ProcessView } from '../../src/http/view.ts';
import { processView } from '../../src/manager/process-view.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { keepHeapSmall } from '../../src/runtime/heap-growth.ts';
import { soleLeader } from '../../src/runtime/leadership.ts';
import { FIRST_OBJECT, OBJECTS, startListRun } from './large-list.ts';
import { BINDINGS, cloudWith, type LargeRun, publish, startRun } from './large-revision.ts';
import { type Listing, publishSelectors, startSelectionRun } from './large-selection.ts';
import { longestTurn } from './turns.ts';

type Chapters = Record<string, number>;

const A_WHILE_MS = 2_000;
/** By then some ten thousand instances are read, and looked at more than once. */
const LONGER_MS = 12_000;
/** What nothing declares. */
const OTHER = 'sg-9zzzzzzz' as SecurityGroupId;

const ten = (first: number) => (n: number) => Array.from({ length: 10 }, (_, id) => (n + first) * 10 + id);
const few = (n: number) => (n < 2_000 ? ten(0)(n) : []);

const STORIES: Readonly<Record<string, (folder: string) => Promise<Chapters>>> = {
  async restarted(folder) {
    publish(folder, 'b', ten(0));
    return {
      'taken in': await turnOfRun(folder, 'b'),
      'taken in by the next process': await turnOfRun(folder, 'b'),
    };
  },

  async replaced(folder) {
    publish(folder, 'b', ten(0));
    const run = startRun(folder);
    await takenIn(run, 'b');
    publish(folder, 'c', ten(1));
    const moved = await longestTurn(() => takenIn(run, 'c'));
    mustBe(run.controller, BINDINGS);
    publish(folder, 'd', (n) => (n === 0 ? [0] : []));
    const gone = await longestTurn(() => takenIn(run, 'd'));
    mustBe(run.controller, 1);
    await run.stop();
    return { 'every instance goes to another binding': moved, 'nearly every binding goes': gone };
  },

  async contested(folder) {
    publish(folder, 'b', () => [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    return { 'every binding claims the same ten instances': await turnOfRun(folder, 'b') };
  },

  async different(folder) {
    publish(folder, 'b', ten(0));
    const run = startRun(folder, cloudWith(OTHER));
    const turn = await longestTurn(async () => {
      await takenIn(run, 'b');
      await systemClock.sleep(LONGER_MS);
    });
    await run.stop();
    return { 'every list that is read differs from what is declared': turn };
  },

  async selected(folder) {
    publishSelectors(folder, 'b');
    const run = startSelectionRun(folder);
    const comes = await longestTurn(() => takenIn(run, 'b'));
    const listed = (answer: Listing) =>
      longestTurn(async () => {
        await run.list(answer);
        await systemClock.sleep(A_WHILE_MS);
      });
    mustSelect(run.controller, 'ins-00000000', undefined);
    const others = await listed('others');
    mustSelect(run.controller, 'ins-0000001e', undefined);
    const none = await listed('none');
    mustSelect(run.controller, 'ins-0000001e', 'SelectionRefused');
    publishSelectors(folder, 'c', BINDINGS - 1);
    const asked = await longestTurn(() => takenIn(run, 'c'));
    const refused = await listed('refused');
    mustSelect(run.controller, 'ins-0000001e', 'Denied');
    await run.stop();
    return {
      'the first listing comes, for all selectors': comes,
      'every selector fits other instances': others,
      'every selector suddenly fits none, and is refused': none,
      'a revision comes while every selector is refused': asked,
      'the cloud refuses to list': refused,
    };
  },

  async objects() {
    const run = startListRun();
    const listed = await longestTurn(() => settled(run.controller, OBJECTS));
    const metrics = new Metrics(viewOf(run.controller), systemClock);
    const asked = await longestTurn(async () => {
      if (!(await metrics.text()).includes('cvmsg_bindings{ready="'))
        throw new Error('no bindings are counted');
    });
    run.server.generation = 2;
    run.server.forget();
    const edited = await longestTurn(() => settled(run.controller, OBJECTS, 2));
    run.server.objects = 1;
    run.server.forget();
    const gone = await longestTurn(() => settled(run.controller, 1, 2));
    await run.stop();
    return {
      'all objects come': listed,
      'the metrics of all of them are asked for': asked,
      'all come again, each of them edited': edited,
      'nearly all are gone, and each lets ten lists come back': gone,
    };
  },
};

/** Until a revision is in force, and some of its instances were read and told about. */
async function takenIn({ controller, revisions }: LargeRun, commit: string): Promise<void> {
  while (!revisions.includes(commit.repeat(40)) || controller.isTakingIn) await systemClock.sleep(50);
  await systemClock.sleep(A_WHILE_MS);
}

/** The same of objects. */
async function settled(controller: Controller, bindings: number, generation = 1): Promise<void> {
  const isThere = () => {
    const { bindings: present } = controller.claims;
    const origin = present.get(FIRST_OBJECT)?.origin;
    return present.size === bindings && origin?.kind === 'kubernetes' && origin.generation === generation;
  };
  while (!isThere() || controller.isTakingIn) await systemClock.sleep(50);
  await systemClock.sleep(A_WHILE_MS);
}

/** What the metrics see of a controller that leads all scopes. */
function viewOf(controller: Controller): ProcessView {
  return processView({
    controller,
    sources: [],
    cluster: undefined,
    leadership: { ...soleLeader, mayAct: () => true, mayTell: () => true },
    sinks: [],
    openJournalEntries: () => 0,
    clock: systemClock,
    liveness: { results: () => [] },
  });
}

/** The longest turn of a process that takes in a revision and is stopped. */
async function turnOfRun(folder: string, commit: string): Promise<number> {
  const run = startRun(folder);
  return await longestTurn(async () => {
    await takenIn(run, commit);
    await run.stop();
  });
}

function mustBe({ claims }: Controller, bindings: number): void {
  if (claims.bindings.size !== bindings) throw new Error(`${claims.bindings.size} bindings, not ${bindings}`);
}

/** The first binding has this first member, and this is said of its selector. */
function mustSelect({ claims }: Controller, member: string, reason: string | undefined): void {
  const first = claims.bindings.get(bindingKey('shop', 'web-0'));
  if (first?.instanceIds[0] !== member || first.selection?.reason !== reason)
    throw new Error(`not ${member}, ${reason}, but ${JSON.stringify(first)}`);
}

const [name = ''] = process.argv.slice(2);
const story = STORIES[name];
if (story === undefined) throw new Error(`no story "${name}"`);
keepHeapSmall();
const folder = mkdtempSync(join(tmpdir(), 'cvmsg-turns-'));
try {
  // The code is compiled once in the life of a process.
  publish(folder, 'a', few);
  await turnOfRun(folder, 'a');
  process.stdout.write(JSON.stringify(await story(folder)));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
