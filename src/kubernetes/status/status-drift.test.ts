import { isDeepStrictEqual } from 'node:util';
import { expect, it } from 'vitest';
import { silentLog } from '../../runtime/log.ts';
import { seededRandom } from '../../runtime/random.ts';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import type { KubeConnection, KubeRequest } from '../client/kube-connection.ts';
import { StatusDrift } from './status-drift.ts';
import { StatusWriter } from './status-writer.ts';

const KEY = 'shop/web';
const OURS = { instanceCount: 3, conditions: [{ type: 'Ready', status: 'True' }] };
const THEIRS = { instanceCount: 7 };

interface Options {
  /** The status before anything is published. */
  readonly present?: object;
  /** How long the server takes for a patch. */
  readonly patchMs?: number;
  /** How long the watch takes. */
  readonly watchMs?: number;
}

/** A server with one object, its watch, and a publisher that wants {@link OURS} in its status. */
function world({ present, patchMs = 10, watchMs = 20 }: Options = {}) {
  const clock = new VirtualClock();
  const stop = new AbortController();
  const at = (version: number, status: object | undefined) => ({
    metadata: { name: 'web', namespace: 'shop', uid: 'u1', resourceVersion: String(version) },
    status,
  });
  const state = { object: at(9, present), seen: at(9, present), leads: true, wanted: OURS as object };
  const put = (status: object | undefined) => {
    const next = at(Number(state.object.metadata.resourceVersion) + 1, status);
    state.object = next;
    clock.setTimer(watchMs, () => {
      const isOther = !isDeepStrictEqual(state.seen.status, next.status);
      state.seen = next;
      if (isOther) drift.seen([KEY]);
    });
    return next;
  };
  const connection: Pick<KubeConnection, 'json'> = {
    json: async <T>({ body }: KubeRequest) => {
      await clock.sleep(patchMs / 2, stop.signal);
      const done = put((body as { value: object }[])[1]?.value);
      await clock.sleep(patchMs / 2, stop.signal);
      return done as T;
    },
  };
  const base = { clock, log: silentLog, signal: stop.signal };
  const statuses = new StatusWriter({
    ...base,
    connection: connection as KubeConnection,
    random: seededRandom(1),
    mayWrite: () => state.leads,
    onWritten: () => {},
  });
  const drift = new StatusDrift({ ...base, statuses, object: () => state.seen, leads: () => state.leads });
  let bindingStatuses = 0;
  const publish = () => {
    bindingStatuses++;
    statuses.write({ key: KEY, uid: 'u1', status: state.wanted }, state.seen);
  };
  drift.onAltered(publish);
  return { clock, state, statuses, put, publish, bindingStatuses: () => bindingStatuses };
}

it('what somebody else wrote into a status is written over, a second later', async () => {
  const { clock, state, statuses, put, publish } = world();
  publish();
  await clock.advance(5_000);
  put(THEIRS);
  await clock.advance(900);
  expect(state.object.status).toEqual(THEIRS);
  await clock.advance(1_000);
  expect(state.object.status).toEqual(OURS);
  expect(statuses.writes).toBe(2);
});

it('a status that was right when the process began, and was never written by it, is kept as well', async () => {
  const { clock, state, statuses, put, publish } = world({ present: OURS });
  publish();
  await clock.advance(60_000);
  expect(statuses.writes).toBe(0);
  put(undefined);
  await clock.advance(2_000);
  expect([state.object.status, statuses.writes]).toEqual([OURS, 1]);
});

it.each([
  { reason: 'that this process has written', present: undefined },
  { reason: 'that it has found', present: OURS },
])('a change beside the status of an object $reason costs neither a write nor a status', async (row) => {
  const one = world(row.present === undefined ? {} : { present: row.present });
  one.publish();
  await one.clock.advance(5_000);
  const { writes } = one.statuses;
  one.put(structuredClone(OURS));
  await one.clock.advance(60_000);
  expect([one.statuses.writes, one.bindingStatuses()]).toEqual([writes, 1]);
});

it('an own write that the watch tells of late, or before its reply, is nobody else’s', async () => {
  for (const times of [{ watchMs: 5_000 }, { patchMs: 5_000 }]) {
    const { clock, state, statuses, publish, bindingStatuses } = world({ present: THEIRS, ...times });
    publish();
    await clock.advance(2_000);
    state.wanted = { instanceCount: 4 };
    publish();
    await clock.advance(60_000);
    expect([state.object.status, statuses.writes, bindingStatuses()]).toEqual([{ instanceCount: 4 }, 2, 2]);
  }
});

it('what comes while a write is under way is mended after it', async () => {
  const { clock, state, put, publish } = world({ patchMs: 6_000 });
  publish();
  await clock.advance(4_000);
  put(THEIRS);
  await clock.advance(60_000);
  expect(state.object.status).toEqual(OURS);
});

it('two that fight over a status cannot flood the server, and what stands last is ours', async () => {
  const { clock, state, statuses, put, publish } = world();
  publish();
  await clock.advance(1_000);
  for (let seconds = 0; seconds < 300; seconds++) {
    put({ instanceCount: seconds + 10 });
    await clock.advance(1_000);
  }
  expect(statuses.writes).toBeLessThanOrEqual(12);
  await clock.advance(31_000);
  expect(state.object.status).toEqual(OURS);
});

it('a replica that does not lead the scope leaves it alone', async () => {
  const { clock, state, statuses, put, publish } = world();
  publish();
  await clock.advance(1_000);
  state.leads = false;
  put(THEIRS);
  await clock.advance(60_000);
  expect([state.object.status, statuses.writes]).toEqual([THEIRS, 1]);
});
