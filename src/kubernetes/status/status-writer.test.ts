import { expect, it } from 'vitest';
import { silentLog } from '../../runtime/log.ts';
import { seededRandom } from '../../runtime/random.ts';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import type { KubeConnection, KubeRequest } from '../client/kube-connection.ts';
import { KubeError } from '../client/kube-error.ts';
import { StatusWriter } from './status-writer.ts';

/** A writer to a server that refuses the statuses of one namespace. */
function setUp(refusal: KubeError) {
  const clock = new VirtualClock();
  const state = { refuses: true, mayWrite: true, attempts: 0, accepted: [] as string[] };
  const connection: Pick<KubeConnection, 'json'> = {
    json: async <T>({ path }: KubeRequest) => {
      await clock.sleep(10);
      const refused = state.refuses && path.includes('/namespaces/spite/');
      if (refused) state.attempts++;
      if (refused) throw refusal;
      state.accepted.push(path.split('/').at(-2) ?? '');
      return { metadata: { resourceVersion: '1' } } as T;
    },
  };
  const writer = new StatusWriter({
    connection: connection as KubeConnection,
    clock,
    random: seededRandom(1),
    log: silentLog,
    signal: new AbortController().signal,
    mayWrite: () => state.mayWrite,
    onWritten: () => {},
  });
  const write = (key: string, instanceCount: number) =>
    writer.write({ key, uid: 'u1', status: { instanceCount } });
  return { clock, state, write, writer };
}

const failing = new KubeError('PATCH: no', { status: 500, reason: 'InternalError' });
const tooLarge = new KubeError('PATCH: etcdserver: request is too large', { status: 500, reason: '' });

it('a status that the server keeps refusing holds up no other', async () => {
  const { clock, state, write } = setUp(failing);
  for (let index = 0; index < 100; index++) write(`spite/${index}`, 1);
  await clock.advance(60_000);
  write('shop/web', 3);
  await clock.advance(200);
  expect(state.accepted).toEqual(['web']);
});

it('a status that was refused is tried again with the newest that came meanwhile, until it is accepted', async () => {
  const { clock, state, write } = setUp(failing);
  write('spite/0', 1);
  await clock.advance(40_000);
  expect(state.attempts).toBeGreaterThan(5);
  expect(state.attempts).toBeLessThan(12);
  write('spite/0', 2);
  state.refuses = false;
  await clock.advance(31_000);
  expect(state.accepted).toEqual(['0']);
});

it('a status for which the object has no room waits for the next change', async () => {
  const { clock, state, write } = setUp(tooLarge);
  write('spite/0', 1);
  await clock.advance(600_000);
  expect(state.attempts).toBe(1);
  write('spite/0', 2);
  await clock.advance(1_000);
  expect(state.attempts).toBe(2);
});

it('a status that may not be written is dropped, and what stands is compared anew afterwards', async () => {
  const { clock, state, write, writer } = setUp(failing);
  const seen = { metadata: { uid: 'u1', resourceVersion: '1' }, status: { instanceCount: 1 } };
  write('shop/web', 1);
  await clock.advance(1_000);
  expect(writer.compare('shop/web', seen)).toBe('same');
  state.mayWrite = false;
  write('shop/web', 2);
  await clock.advance(60_000);
  expect(state.accepted).toEqual(['web']);
  state.mayWrite = true;
  expect(writer.compare('shop/web', seen)).toBe('unknown');
  write('shop/web', 2);
  await clock.advance(1_000);
  expect(state.accepted).toEqual(['web', 'web']);
});
