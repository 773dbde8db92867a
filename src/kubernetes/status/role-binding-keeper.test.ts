import { describe, expect, it } from 'vitest';
import { RESTORE_FINALIZER } from '../../api/resource.ts';
import type { Log } from '../../runtime/log.ts';
import { seededRandom } from '../../runtime/random.ts';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import type { KubeConnection, KubeRequest } from '../client/kube-connection.ts';
import { KubeError } from '../client/kube-error.ts';
import type { PolicyObject } from './finalizer-keeper.ts';
import { RoleBindingKeeper } from './role-binding-keeper.ts';

interface RoleBindingObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly finalizers?: readonly string[];
    readonly deletionTimestamp?: string;
  };
  readonly roleRef: { readonly kind: string };
}

const NOW = new Date(Date.UTC(2026, 0, 1)).toISOString();
const END = { 'k8s.io/initial-events-end': 'true' };
const forbidden = (message: string) => new KubeError(message, { status: 403, reason: 'Forbidden' });

const object = (finalized: boolean, over: object = {}, policy = 'Restore'): PolicyObject => ({
  metadata: {
    name: 'web',
    namespace: 'shop',
    ...(finalized ? { finalizers: [RESTORE_FINALIZER] } : {}),
    ...over,
  },
  spec: { deletionPolicy: policy },
});
const wanted = object(false);
const held = object(true);
const leaving = object(true, { deletionTimestamp: NOW });

/** A server with the RoleBinding of one namespace, which tells of every change of it. */
function server(roleRef = 'ClusterRole', state: object = {}) {
  const clock = new VirtualClock();
  const stop = new AbortController();
  let binding: RoleBindingObject | undefined = {
    metadata: { name: 'rights', namespace: 'shop', uid: 'u1', resourceVersion: '1', ...state },
    roleRef: { kind: roleRef },
  };
  const answers = { leads: true, followed: true, ending: false, forbidden: false, refused: 0 };
  const asked: string[] = [];
  const said: string[] = [];
  const events: object[] = [];
  const waiters: (() => void)[] = [];
  const tell = (event: object) => {
    events.push(event);
    for (const wake of waiters.splice(0)) wake();
  };
  const set = (metadata: object | undefined) => {
    const before = binding as RoleBindingObject;
    const resourceVersion = String(Number(before.metadata.resourceVersion) + 1);
    binding = metadata && { ...before, metadata: { ...before.metadata, ...metadata, resourceVersion } };
    tell({ type: binding === undefined ? 'DELETED' : 'MODIFIED', object: binding ?? before });
  };
  const patch = ({ metadata }: RoleBindingObject) => {
    if (answers.refused-- > 0) throw new KubeError('refused', { status: 500, reason: 'InternalError' });
    if (metadata.resourceVersion !== binding?.metadata.resourceVersion) {
      throw new KubeError('conflict', { status: 409, reason: 'Conflict' });
    }
    const { finalizers } = metadata;
    const ends = binding?.metadata.deletionTimestamp !== undefined && finalizers?.length === 0;
    set(ends ? undefined : { finalizers });
  };
  const connection = {
    async *lines({ path }: KubeRequest) {
      asked.push(path);
      if (answers.forbidden) throw forbidden('no');
      const bookmark = { metadata: { name: '', resourceVersion: '1', annotations: END } };
      yield [
        ...(binding === undefined ? [] : [{ type: 'ADDED', object: binding }]),
        { type: 'BOOKMARK', object: bookmark },
      ];
      while (!stop.signal.aborted) {
        if (events.length === 0) await new Promise<void>((resolve) => waiters.push(resolve));
        yield events.splice(0);
      }
    },
    async json({ method, body }: KubeRequest) {
      if (method === 'PATCH') return patch(body as RoleBindingObject);
      if (answers.forbidden) throw forbidden('no');
      if (method === 'POST' && answers.ending) throw forbidden('because it is being terminated');
      return undefined;
    },
    nextReply: () => new Promise<void>(() => {}),
  } as unknown as KubeConnection;
  const note = (level: string) => (_: object, words: string) => void said.push(`${level} ${words}`);
  const log: Log = { debug: () => {}, info: note('info'), warn: note('warn'), error: note('error') };
  const keeper = new RoleBindingKeeper({
    connection,
    clock,
    random: seededRandom(1),
    log,
    signal: stop.signal,
    namespaces: ['shop'],
    name: 'rights',
    isFollowed: () => answers.followed,
    leads: () => answers.leads,
    onChange: () => {},
  });
  keeper.start();
  /** Some looks with these objects, ten seconds apart; the namespaces whose objects had to wait at the last. */
  const keep = async (objects: readonly PolicyObject[], looks = 3) => {
    let waiting: ReadonlySet<string> = new Set();
    for (let look = 0; look < looks; look++) {
      waiting = await keeper.keep(objects);
      await clock.advance(10_000);
    }
    return [...waiting];
  };
  const finalizers = () => binding && (binding.metadata.finalizers ?? []);
  return { clock, keeper, keep, set, finalizers, answers, asked, said, stop };
}

const HELD = { finalizers: [RESTORE_FINALIZER] };
const ENDING = { ...HELD, deletionTimestamp: NOW };

describe('the RoleBinding of a namespace', () => {
  it.each([
    { reason: 'is held before the first object is', objects: [wanted], after: [RESTORE_FINALIZER] },
    { reason: 'is held while an object is', objects: [held], after: [RESTORE_FINALIZER] },
    { reason: 'is left alone where nothing restores', objects: [], after: [] },
    {
      reason: 'keeps the finalizers of others',
      state: { finalizers: ['other/one'] },
      objects: [held],
      after: ['other/one', RESTORE_FINALIZER],
    },
    { reason: 'is let go after the last object', state: HELD, objects: [], after: [] },
    {
      reason: 'stays held, while it is deleted, for an object that is too',
      state: ENDING,
      objects: [leaving, held],
      after: [RESTORE_FINALIZER],
    },
    {
      reason: 'goes, while it is deleted, after the last object',
      state: ENDING,
      objects: [],
      after: undefined,
    },
    {
      reason: 'stays held while its namespace is deleted, before the objects are',
      state: ENDING,
      ending: true,
      objects: [held],
      after: [RESTORE_FINALIZER],
    },
    {
      reason: 'goes when somebody takes the rights of a namespace away that stays',
      state: ENDING,
      objects: [held],
      after: undefined,
    },
    { reason: 'is not held by a replica that acts for none', leads: false, objects: [wanted], after: [] },
    {
      reason: 'is not let go by one that does not know the objects',
      state: HELD,
      followed: false,
      objects: [],
      after: [RESTORE_FINALIZER],
    },
    { reason: 'is not held when it refers to a Role', roleRef: 'Role', objects: [held], after: [] },
  ])('$reason', async ({ roleRef, state = {}, objects, after, ...answers }) => {
    const one = server(roleRef, state);
    Object.assign(one.answers, answers);
    await one.clock.advance(100);
    await one.keep(objects);
    expect(one.finalizers()).toEqual(after);
    one.stop.abort();
  });

  it('is asked for by its name, so that a right to this one is enough', async () => {
    const one = server();
    await one.keep([held]);
    expect(one.asked[0]).toContain('/namespaces/shop/rolebindings?');
    expect(one.asked[0]).toContain('fieldSelector=metadata.name%3Drights');
    one.stop.abort();
  });

  it('is waited for by the objects until it was seen', async () => {
    const one = server();
    expect([...(await one.keeper.keep([wanted]))]).toEqual(['shop']);
    await one.clock.advance(100);
    expect(await one.keep([wanted])).toEqual([]);
    one.stop.abort();
  });

  it('is tried again when the server fails, and nobody waits for that', async () => {
    const one = server();
    one.answers.refused = 2;
    await one.clock.advance(100);
    expect([...(await one.keeper.keep([wanted]))]).toEqual([]);
    await one.keep([wanted]);
    expect(one.finalizers()).toEqual([RESTORE_FINALIZER]);
    one.stop.abort();
  });

  it('is not let go before every server must know that the namespace is being deleted', async () => {
    const one = server('ClusterRole', HELD);
    await one.clock.advance(100);
    one.set({ deletionTimestamp: NOW });
    await one.clock.advance(500);
    await one.keeper.keep([held]);
    one.answers.ending = true;
    await one.keep([held]);
    expect(one.finalizers()).toEqual([RESTORE_FINALIZER]);
    one.stop.abort();
  });

  it.each([
    { reason: 'refers to a Role', roleRef: 'Role', words: 'it refers to a Role' },
    { reason: 'may not be read', isForbidden: true, words: 'it may not be read (403 Forbidden)' },
  ])('that $reason holds nobody up, and is told of once when that lasts', async (row) => {
    const one = server(row.roleRef);
    one.answers.forbidden = row.isForbidden === true;
    await one.clock.advance(100);
    expect(await one.keep([wanted], 5)).toEqual([]);
    expect(one.said).toEqual([]);
    await one.keep([wanted], 20);
    expect(one.said).toHaveLength(1);
    expect(one.said[0]).toContain(`cannot be held while lists are put back: ${row.words}`);
    one.stop.abort();
  });

  it('is told nothing of where the namespace is not followed at all', async () => {
    const one = server('Role');
    one.answers.followed = false;
    await one.keep([wanted], 20);
    expect(one.said).toEqual([]);
    one.stop.abort();
  });
});
