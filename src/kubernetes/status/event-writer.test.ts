import { describe, expect, it } from 'vitest';
import { silentLog } from '../../runtime/log.ts';
import { seededRandom } from '../../runtime/random.ts';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import type { KubeConnection, KubeRequest } from '../client/kube-connection.ts';
import { KubeError } from '../client/kube-error.ts';
import { type EventOf, EventWriter } from './event-writer.ts';

const MINUTE_MS = 60_000;
const failed: EventOf = {
  namespace: 'shop',
  name: 'web',
  uid: 'u1',
  type: 'Warning',
  reason: 'Failed',
  note: 'why',
};

interface StoredEvent {
  readonly metadata: { readonly name: string };
  readonly note: string;
  series?: { readonly count: number; readonly lastObservedTime: string };
}

/** A writer, and the events that an API server then has. */
function setUp() {
  const clock = new VirtualClock(0);
  const stored = new Map<string, StoredEvent>();
  const requests: KubeRequest[] = [];
  const json = async (request: KubeRequest) => {
    requests.push(request);
    const path = `${request.path}/${(request.body as StoredEvent).metadata?.name}`;
    if (request.method === 'POST') stored.set(path, request.body as StoredEvent);
    else {
      const event = stored.get(request.path);
      if (event === undefined) throw new KubeError('no such event', { status: 404, reason: 'NotFound' });
      Object.assign(event, request.body);
    }
  };
  const writer = new EventWriter({
    connection: { json } as unknown as KubeConnection,
    clock,
    random: seededRandom(1),
    log: silentLog,
    signal: new AbortController().signal,
    instance: 'pod',
    mayWrite: (namespace) => namespace !== 'cut',
  });
  return { clock, stored, requests, writer, events: () => [...stored.values()] };
}

it('no event is tried in a namespace that is kept from us, and those of others are written', async () => {
  const { writer, requests } = setUp();
  for (const namespace of ['cut', 'shop']) writer.write({ ...failed, namespace, uid: namespace });
  await writer.idle();
  expect(requests.map(({ path }) => path)).toEqual(['/apis/events.k8s.io/v1/namespaces/shop/events']);
});

describe('the same event again', () => {
  it('is counted in the series of the one that was written, with the time of the last', async () => {
    const { writer, clock, events, requests } = setUp();
    writer.write(failed);
    await clock.advance(5 * MINUTE_MS);
    expect(events()[0]?.series).toBeUndefined();
    writer.write(failed);
    await clock.advance(MINUTE_MS);
    writer.write(failed);
    writer.write(failed);
    await clock.advance(MINUTE_MS);
    expect(events()).toHaveLength(1);
    expect(events()[0]?.series).toEqual({ count: 4, lastObservedTime: '1970-01-01T00:06:00.000000Z' });
    expect(requests.map(({ method, contentType }) => `${method} ${contentType ?? ''}`)).toEqual([
      'POST ',
      'PATCH application/merge-patch+json',
      'PATCH application/merge-patch+json',
    ]);
  });

  it('is an event of its own when none was seen for ten minutes', async () => {
    const { writer, clock, events } = setUp();
    for (let round = 0; round < 3; round++) {
      writer.write(failed);
      await clock.advance(9 * MINUTE_MS);
    }
    await clock.advance(2 * MINUTE_MS);
    writer.write(failed);
    await clock.advance(MINUTE_MS);
    expect(events().map(({ series }) => series?.count)).toEqual([3, undefined]);
  });

  it('is written anew when the server has forgotten the first', async () => {
    const { writer, clock, stored, events } = setUp();
    writer.write(failed);
    await writer.idle();
    stored.clear();
    writer.write(failed);
    await clock.advance(MINUTE_MS);
    expect(events().map(({ note, series }) => [note, series])).toEqual([['why', undefined]]);
  });

  it('does not wait for its minute when the process ends', async () => {
    const { writer, events } = setUp();
    writer.write(failed);
    writer.write(failed);
    await writer.idle();
    expect(events()[0]?.series?.count).toBe(2);
  });

  it('counts what another note says as another event', async () => {
    const { writer, events } = setUp();
    writer.write(failed);
    writer.write({ ...failed, note: 'another reason' });
    await writer.idle();
    expect(events().map(({ note }) => note)).toEqual(['why', 'another reason']);
  });
});
