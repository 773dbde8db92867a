import { describe, expect, it } from 'vitest';
import { RESTORE_FINALIZER } from '../../api/resource.ts';
import { silentLog } from '../../runtime/log.ts';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import { KubeError } from '../client/kube-error.ts';
import { UnselectedObjects } from './unselected-objects.ts';

interface Stored {
  metadata: {
    name: string;
    namespace: string;
    uid: string;
    resourceVersion: string;
    finalizers: string[];
    deletionTimestamp?: string;
  };
  status: { conditions: { type: string; status: string; reason: string }[] };
}

const READY = { type: 'Ready', status: 'True', reason: 'InSync' };
const stored = (): Stored => ({
  metadata: {
    name: 'web',
    namespace: 'shop',
    uid: 'u1',
    resourceVersion: '1',
    finalizers: ['foreign.dev/mine', RESTORE_FINALIZER],
  },
  status: { conditions: [READY] },
});

const USUAL = { leading: true, seen: false, restoring: false, refusing: 0, open: true, asked: 0 };

/** Lets go of an object that a small server holds. */
function world(over: Partial<typeof USUAL> = {}, first: Stored = stored()) {
  const clock = new VirtualClock();
  const is = { ...USUAL, ...over };
  const server = { object: structuredClone(first) };
  const json = async ({ method, path, body }: { method: string; path: string; body?: unknown }) => {
    is.asked++;
    if (is.refusing-- > 0) throw new KubeError('down', { status: 503, reason: 'down' });
    if (method === 'GET') return structuredClone(server.object);
    const { metadata, status } = server.object;
    for (const change of body as { op: string; path: string; value: never }[]) {
      if (change.op !== 'test') continue;
      const present = metadata[change.path.split('/')[2] as 'uid'];
      if (present !== change.value) throw new KubeError('test failed', { status: 422, reason: 'Invalid' });
    }
    const { value } = (body as { value: never }[]).at(-1) ?? {};
    if (path.includes('/status?')) status.conditions = value as never;
    else metadata.finalizers = value as never;
    metadata.resourceVersion = String(Number(metadata.resourceVersion) + 1);
    return structuredClone(server.object);
  };
  const unselectedObjects = new UnselectedObjects({
    connection: { json: json as never },
    clock,
    log: silentLog,
    signal: new AbortController().signal,
    selector: '--selector team=shop',
    leads: () => is.leading,
    isOpen: () => is.open,
    isSeen: () => is.seen,
    isRestoring: () => is.restoring,
  });
  void unselectedObjects.release(first, 'default@ap-guangzhou');
  const present = () => ({
    finalizers: server.object.metadata.finalizers,
    ready: server.object.status.conditions.map(({ status, reason }) => `${status} ${reason}`),
  });
  return { clock, is, server, present };
}

const LET_GO = { finalizers: ['foreign.dev/mine'], ready: ['Unknown NotSelected'] };
const AS_BEFORE = { finalizers: ['foreign.dev/mine', RESTORE_FINALIZER], ready: ['True InSync'] };

describe('an object that is let go', () => {
  it('loses our finalizer and no other, and says that nobody looks after it', async () => {
    const { clock, present } = world();
    await clock.advance(10);
    expect(present()).toEqual(LET_GO);
  });

  it('is left to the replica that leads its scope, whoever that becomes', async () => {
    const { clock, is, present } = world({ leading: false });
    await clock.advance(60_000);
    expect(present()).toEqual(AS_BEFORE);
    is.leading = true;
    await clock.advance(5_000);
    expect(present()).toEqual(LET_GO);
  });

  it('is tried again after a failure, and after a change that came between', async () => {
    const { clock, server, present } = world({ refusing: 2 });
    server.object.metadata.resourceVersion = '5';
    await clock.advance(30_000);
    expect(present()).toEqual(LET_GO);
  });

  it('keeps the status that another controller has written since', async () => {
    const { clock, server, present } = world();
    server.object.metadata.resourceVersion = '5';
    server.object.status.conditions = [{ ...READY, reason: 'ObserveOnly' }];
    await clock.advance(30_000);
    expect(present()).toEqual({ ...LET_GO, ready: ['True ObserveOnly'] });
  });

  it('keeps its finalizer while its lists are put back, when it was deleted before', async () => {
    const first = stored();
    first.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
    const { clock, is, present } = world({ restoring: true }, first);
    await clock.advance(60_000);
    expect(present()).toEqual(AS_BEFORE);
    is.restoring = false;
    await clock.advance(5_000);
    expect(present().finalizers).toEqual(['foreign.dev/mine']);
  });

  it('is kept when it is followed again meanwhile', async () => {
    const { clock, present } = world({ seen: true });
    await clock.advance(60_000);
    expect(present()).toEqual(AS_BEFORE);
  });

  it('waits, and asks nothing, while its namespace may not be read', async () => {
    const { clock, is, present } = world({ open: false });
    await clock.advance(60_000);
    expect([is.asked, present()]).toEqual([0, AS_BEFORE]);
    is.open = true;
    await clock.advance(5_000);
    expect(present()).toEqual(LET_GO);
  });
});
