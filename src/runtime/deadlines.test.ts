import { describe, expect, it } from 'vitest';
import { Deadlines } from './deadlines.ts';
import { VirtualClock } from './virtual-clock.ts';

function deadlines() {
  const clock = new VirtualClock();
  const reported: string[] = [];
  const startMs = clock.now();
  const watch = new Deadlines<string>(clock, (keys) =>
    reported.push(`${clock.now() - startMs} ${keys.join(' ')}`),
  );
  return { clock, reported, watch, startMs };
}

describe('deadlines', () => {
  it('tell each key once, when its time has come', async () => {
    const { clock, reported, watch, startMs } = deadlines();
    watch.set('b', startMs + 2_000);
    watch.set('a', startMs + 1_000);
    watch.set('c', startMs + 2_000);
    await clock.advance(10_000);
    expect(reported).toEqual(['1000 a', '2000 b c']);
  });

  it('keep the newest time of a key', async () => {
    const { clock, reported, watch, startMs } = deadlines();
    watch.set('a', startMs + 1_000);
    watch.set('a', startMs + 100_000);
    await clock.advance(200_000);
    expect(reported).toEqual(['100000 a']);
  });

  it('tell nothing of what was cleared', async () => {
    const { clock, reported, watch, startMs } = deadlines();
    watch.set('a', startMs + 1_000);
    watch.set('b', startMs + 3_000);
    watch.clear('a');
    await clock.advance(10_000);
    expect(reported).toEqual(['3000 b']);
  });

  it('tell at once of a time that has passed', async () => {
    const { clock, reported, watch, startMs } = deadlines();
    watch.set('a', startMs - 1);
    await clock.advance(1);
    expect(reported).toEqual(['0 a']);
  });
});
