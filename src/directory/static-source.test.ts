import { describe, expect, it } from 'vitest';
import { silentListener } from '../../test/faults/silent-listener.ts';
import type { BindingKey } from '../api/ids.ts';
import type { Binding } from '../core/model.ts';
import { StaticSource } from './static-source.ts';

const KEY = 'shop/web' as BindingKey;
const binding = { key: KEY } as Binding;

describe('StaticSource', () => {
  it('tells of its bindings once and ends when it is told to', async () => {
    const source = new StaticSource('plan', new Map([[KEY, binding]]));
    const reported: BindingKey[][] = [];
    const abort = new AbortController();
    const run = source.run(
      {
        ...silentListener,
        changed: (keys) => void reported.push([...keys]),
        revision: () => {},
        problem: () => {},
      },
      abort.signal,
    );
    expect([source.synced, source.get(KEY), [...source.keys()]]).toEqual([true, binding, [KEY]]);
    abort.abort();
    await run;
    expect(reported).toEqual([[KEY]]);
  });
});
