import { expect, it } from 'vitest';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import { ChangeStreams, MOST_STREAMS } from './change-streams.ts';

function streamsOf() {
  const listeners = new Set<() => void>();
  const clock = new VirtualClock();
  const onChanged = (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const change = () => {
    for (const listener of listeners) listener();
  };
  return { clock, change, listeners, streams: new ChangeStreams({ clock, onChanged }) };
}

async function next(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  const { value } = await reader.read();
  return new TextDecoder().decode(value);
}

it('says `changed` when something changes, and every ten seconds', async () => {
  const { clock, change, streams } = streamsOf();
  const reader = streams.open()?.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  expect(await next(reader)).toBe('retry: 3000\n\n');
  change();
  expect(await next(reader)).toBe('event: changed\ndata:\n\n');
  await clock.advance(10_000);
  expect(await next(reader)).toBe('event: changed\ndata:\n\n');
});

it('keeps one event only for whoever does not read', async () => {
  const { change, streams } = streamsOf();
  const stream = streams.open();
  for (let times = 0; times < 100; times++) change();
  streams[Symbol.dispose]();
  expect((await new Response(stream).text()).split('changed').length - 1).toBeLessThanOrEqual(1);
});

it('opens so many streams and no more, until one of them is left', async () => {
  const { streams } = streamsOf();
  const open = Array.from({ length: MOST_STREAMS }, () => streams.open());
  expect(open).not.toContain(undefined);
  expect(streams.open()).toBeUndefined();
  await open[0]?.cancel();
  expect(streams.open()).toBeDefined();
});

it('ends all streams when it is closed, and listens no more', async () => {
  const { listeners, streams } = streamsOf();
  const stream = streams.open();
  streams[Symbol.dispose]();
  expect(await new Response(stream).text()).toBe('retry: 3000\n\n');
  expect(listeners.size).toBe(0);
  expect(streams.open()).toBeUndefined();
});
