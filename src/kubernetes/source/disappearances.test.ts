import { describe, expect, it } from 'vitest';
import { silentListener } from '../../../test/faults/silent-listener.ts';
import type { BindingKey } from '../../api/ids.ts';
import { silentLog } from '../../runtime/log.ts';
import { seededRandom } from '../../runtime/random.ts';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import type { KubeConnection } from '../client/kube-connection.ts';
import { KubeError } from '../client/kube-error.ts';
import { KubernetesSource } from './kubernetes-source.ts';
import { Disappearances } from './object-changes.ts';

const WEB = 'shop/web' as BindingKey;
const spec = {
  region: 'ap-guangzhou',
  instanceIds: ['ins-00000001'],
  sgIds: ['sg-00000001'],
  deletionPolicy: 'Restore',
};
const web = (over: object = {}) => ({
  metadata: { name: 'web', namespace: 'shop', uid: 'u1', generation: 1, resourceVersion: '1', ...over },
  spec,
});
const END = {
  metadata: { name: '', resourceVersion: '2', annotations: { 'k8s.io/initial-events-end': 'true' } },
};
const gone = new KubeError('gone', { status: 404, reason: 'NotFound' });
const down = new KubeError('down', { status: 503, reason: 'ServiceUnavailable' });

/** A source whose object is not seen any more after a second; the server answers whoever asks for it, one answer after the other. */
async function afterAbsence(answers: readonly (object | KubeError)[], labelSelector: string | undefined) {
  const clock = new VirtualClock();
  const stop = new AbortController();
  const left = [...answers];
  const asked: string[] = [];
  const connection: Pick<KubeConnection, 'lines' | 'json'> = {
    async *lines() {
      yield [
        { type: 'ADDED', object: web() },
        { type: 'BOOKMARK', object: END },
      ];
      await clock.sleep(1_000, stop.signal).catch(() => {});
      yield [{ type: 'DELETED', object: web() }];
      await clock.sleep(1_000_000, stop.signal).catch(() => {});
    },
    async json<T>({ path }: { path: string }): Promise<T> {
      asked.push(path);
      const answer = left.shift();
      if (answer instanceof Error) throw answer;
      return answer as T;
    },
  };
  const reported: string[] = [];
  const source = new KubernetesSource({
    connection: connection as KubeConnection,
    clock,
    random: seededRandom(1),
    log: silentLog,
    labelSelector,
    onLeft: ({ metadata }, scope) => reported.push(`left ${metadata.name} of ${scope}`),
  });
  const changed = (keys: ReadonlySet<BindingKey>) => {
    for (const key of keys) {
      const how = source.isUnselected(key) ? 'has left' : 'is gone';
      reported.push(source.get(key) === undefined ? how : 'is declared');
    }
  };
  void source.run({ ...silentListener, changed, revision: () => {}, problem: () => {} }, stop.signal);
  await clock.advance(500);
  await clock.advance(1_000);
  return { clock, source, reported, asked, stop: () => stop.abort() };
}

describe('an object that is not seen any more', () => {
  it.each([
    { reason: 'the server does not know it', answer: gone, reported: ['is gone'] },
    { reason: 'another one has its name', answer: web({ uid: 'u2' }), reported: ['is gone'] },
    { reason: 'it is there', answer: web(), reported: ['has left', 'left web of default@ap-guangzhou'] },
  ])('counts as what it is where labels select: $reason', async ({ answer, reported }) => {
    const one = await afterAbsence([answer], 'team=shop');
    expect(one.reported).toEqual(['is declared', ...reported]);
    expect(one.source.get(WEB)).toBeUndefined();
    one.stop();
  });

  it('stays in force until the server has answered', async () => {
    const one = await afterAbsence([down, down, down, gone], 'team=shop');
    expect(one.reported).toEqual(['is declared']);
    expect(one.source.get(WEB)?.deletionPolicy).toBe('Restore');
    await one.clock.advance(10_000);
    expect(one.reported).toEqual(['is declared', 'is gone']);
    expect(one.asked).toHaveLength(4);
    one.stop();
  });

  it('was deleted where all objects are followed, and nobody is asked', async () => {
    const one = await afterAbsence([], undefined);
    expect(one.reported).toEqual(['is declared', 'is gone']);
    expect(one.asked).toEqual([]);
    one.stop();
  });

  it('does not wait for those that nobody can tell of', async () => {
    const clock = new VirtualClock();
    const stop = new AbortController();
    const reported: string[] = [];
    const one = new Disappearances({
      clock,
      log: silentLog,
      connection: {
        json: async ({ path }) => {
          throw path.includes('/broken/') ? down : gone;
        },
      },
      isSeen: () => false,
      isReadable: (key) => !key.startsWith('cut/'),
      answered: (key) => reported.push(key),
    });
    one.start(stop.signal);
    for (let n = 0; n < 40; n++) {
      one.ask(`broken/${n}` as BindingKey, 'u1');
      one.ask(`cut/${n}` as BindingKey, 'u1');
    }
    one.ask(WEB, 'u1');
    await clock.advance(1_000);
    expect(reported).toEqual([WEB]);
    stop.abort();
  });
});
