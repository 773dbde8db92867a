/** What a watch of all bindings brings while something is done. */
import { COLLECTION, type OperatorWorld } from './operator-world.ts';

export interface WatchTraffic<T> {
  readonly events: number;
  /** Of the stream's lines. */
  readonly bytes: number;
  /** What the work resolved with. */
  readonly result: T;
}

/** Opens one more watch, does the work, and counts what came until it was done. */
export async function watchTraffic<T>(
  world: OperatorWorld,
  work: () => Promise<T>,
): Promise<WatchTraffic<T>> {
  const stop = new AbortController();
  const { metadata } = await world.connection.json<{ metadata: { resourceVersion: string } }>(
    { method: 'GET', path: `${COLLECTION}?limit=1` },
    stop.signal,
  );
  const path = `${COLLECTION}?watch=true&resourceVersion=${metadata.resourceVersion}&timeoutSeconds=3600`;
  let [events, bytes] = [0, 0];
  const watch = async () => {
    for await (const lines of world.connection.lines({ method: 'GET', path }, stop.signal)) {
      events += lines.length;
      // The server writes compact JSON too: encoded again it has the same length.
      for (const line of lines) bytes += Buffer.byteLength(JSON.stringify(line)) + 1;
    }
  };
  const watching = watch().catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  const [result] = await Promise.all([work().finally(() => stop.abort()), watching]);
  return { events, bytes, result };
}
