import { describe, expect, it } from 'vitest';
import { RESTORE_FINALIZER } from '../../api/resource.ts';
import { silentLog } from '../../runtime/log.ts';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import { KubeError } from '../client/kube-error.ts';
import { FinalizerKeeper, LONGEST_HOLD_MS } from './finalizer-keeper.ts';

interface Metadata {
  finalizers?: readonly string[];
  resourceVersion?: string;
  deletionTimestamp?: string;
}

/** A server with one object, which takes a patch only of its newest version. */
function server(policy: string, metadata: Metadata = {}) {
  const clock = new VirtualClock();
  const state = {
    metadata: { name: 'web', namespace: 'shop', uid: 'u1', resourceVersion: '1', ...metadata },
    patches: 0,
  };
  const answers = { leads: true, restoring: false, failures: 0 };
  const stop = new AbortController();
  const added: string[] = [];
  const keeper = new FinalizerKeeper({
    clock,
    log: silentLog,
    signal: stop.signal,
    objects: () => [{ metadata: state.metadata, spec: { deletionPolicy: policy } }],
    leads: () => answers.leads,
    isRestoring: () => answers.restoring,
    onAdded: (key, uid) => added.push(`${key} ${uid}`),
    connection: {
      json: async <T>(request: { readonly body?: unknown }) => {
        state.patches++;
        if (answers.failures-- > 0) throw new KubeError('refused', { status: 500, reason: 'InternalError' });
        const patch = (request.body as { metadata: Metadata }).metadata;
        if (patch.resourceVersion !== state.metadata.resourceVersion) {
          throw new KubeError('conflict', { status: 409, reason: 'Conflict' });
        }
        state.metadata = { ...state.metadata, ...patch, resourceVersion: `${state.patches + 1}` };
        return undefined as T;
      },
    },
  });
  keeper.start();
  return { clock, state, answers, keeper, stop, added };
}

const NOW = new Date(Date.UTC(2026, 0, 1)).toISOString();
const HELD = { finalizers: [RESTORE_FINALIZER] };

describe('the finalizer', () => {
  it('tells of the object that got it, once it has it', async () => {
    const { clock, answers, added } = server('Restore');
    answers.failures = 1;
    await clock.advance(5_000);
    expect(added).toEqual([]);
    await clock.advance(30_000);
    expect(added).toEqual(['shop/web u1']);
  });

  it.each([
    {
      reason: 'is put on an object that restores',
      policy: 'Restore',
      metadata: {},
      after: [RESTORE_FINALIZER],
    },
    {
      reason: 'stands beside those of others',
      policy: 'Restore',
      metadata: { finalizers: ['other/one'] },
      after: ['other/one', RESTORE_FINALIZER],
    },
    { reason: 'is not put on one that retains', policy: 'Retain', metadata: {}, after: undefined },
    { reason: 'goes with the policy', policy: 'Retain', metadata: HELD, after: [] },
    {
      reason: 'goes when a deleted object has nothing to restore',
      policy: 'Restore',
      metadata: { ...HELD, deletionTimestamp: NOW },
      after: [],
    },
    {
      reason: 'is not put on an object that is being deleted',
      policy: 'Restore',
      metadata: { finalizers: ['other/one'], deletionTimestamp: NOW },
      after: ['other/one'],
    },
  ])('$reason', async ({ policy, metadata, after }) => {
    const { clock, state } = server(policy, metadata);
    await clock.advance(30_000);
    expect(state.metadata.finalizers).toEqual(after);
    expect(state.patches).toBeLessThanOrEqual(1);
  });

  it('stays while lists are put back, and goes soon after', async () => {
    const { clock, state, answers, keeper } = server('Restore', { ...HELD, deletionTimestamp: NOW });
    answers.restoring = true;
    await clock.advance(60_000);
    expect(state.metadata.finalizers).toEqual([RESTORE_FINALIZER]);
    answers.restoring = false;
    keeper.poke();
    await clock.advance(100);
    expect(state.metadata.finalizers).toEqual([]);
  });

  it.each([
    { reason: 'the restoration never ends', leads: true, restoring: true },
    { reason: 'nobody leads', leads: false, restoring: false },
  ])('never hangs: $reason', async ({ leads, restoring }) => {
    const { clock, state, answers } = server('Restore', { ...HELD, deletionTimestamp: NOW });
    Object.assign(answers, { leads, restoring });
    await clock.advance(LONGEST_HOLD_MS - 20_000);
    expect(state.metadata.finalizers).toEqual([RESTORE_FINALIZER]);
    await clock.advance(40_000);
    expect(state.metadata.finalizers).toEqual([]);
  });

  it.each([
    { reason: 'from the deletion, however late this process began', agoMs: 300_000, goneAfterMs: 360_000 },
    {
      reason: 'and a process that was away all the time has two minutes',
      agoMs: 3_600_000,
      goneAfterMs: 120_000,
    },
  ])('is held for a bounded time, counted $reason', async ({ agoMs, goneAfterMs }) => {
    const deletionTimestamp = new Date(Date.parse(NOW) - agoMs).toISOString();
    const { clock, state, answers } = server('Restore', { ...HELD, deletionTimestamp });
    answers.restoring = true;
    await clock.advance(goneAfterMs - 20_000);
    expect(state.metadata.finalizers).toEqual([RESTORE_FINALIZER]);
    await clock.advance(40_000);
    expect(state.metadata.finalizers).toEqual([]);
  });

  it('is left to the replica that leads', async () => {
    const { clock, state, answers } = server('Restore');
    answers.leads = false;
    await clock.advance(60_000);
    expect(state.patches).toBe(0);
  });

  it('is tried again when the server fails', async () => {
    const { clock, state, answers } = server('Restore');
    answers.failures = 2;
    await clock.advance(60_000);
    expect(state.metadata.finalizers).toEqual([RESTORE_FINALIZER]);
  });

  it('is looked at soon, however often there is a reason to', async () => {
    const { clock, state, keeper } = server('Retain');
    await clock.advance(1_000);
    state.metadata = { ...state.metadata, ...HELD };
    for (let n = 0; n < 10; n++) {
      keeper.poke();
      await clock.advance(20);
    }
    expect(state.metadata.finalizers).toEqual([]);
  });

  it('is left alone when the process ends', async () => {
    const { clock, state, keeper, stop } = server('Restore');
    keeper.stop();
    stop.abort();
    await clock.advance(60_000);
    expect(state.patches).toBe(0);
  });
});
