import { describe, expect, it } from 'vitest';
import type { BindingKey, InstanceId } from '../api/ids.ts';
import type { Binding } from '../core/model.ts';
import { silentLog } from '../runtime/log.ts';
import { VirtualClock } from '../runtime/virtual-clock.ts';
import { InSyncLogger } from './logging/status-logger.ts';

/** A controller over bindings that are made up here, and what its log says. */
class Told {
  readonly clock = new VirtualClock();
  readonly said: string[] = [];
  readonly bindings = new Map<BindingKey, Binding>();
  readonly differs = new Set<string>();
  readonly source = { synced: true };
  /** At an instance. */
  looks = 0;
  readonly told: InSyncLogger;
  readonly #stop = new AbortController();

  constructor() {
    const isInSync = (_: BindingKey, id: InstanceId) => {
      this.looks++;
      return !this.differs.has(id);
    };
    const controller = { claims: { bindings: this.bindings }, statusView: { isInSync } };
    const log = { ...silentLog, info: (_: object, text: string) => void this.said.push(text) };
    const options = { controller, sources: [this.source], clock: this.clock, log };
    this.told = new InSyncLogger(options as unknown as ConstructorParameters<typeof InSyncLogger>[0]);
    void this.told.run(this.#stop.signal);
  }

  declare(name: string, instances: number, more: Partial<Binding> = {}): void {
    const instanceIds = Array.from({ length: instances }, (_, n) => `ins-${name}${n}` as InstanceId);
    this.bindings.set(name as BindingKey, { key: name, instanceIds, ...more } as Binding);
  }

  stop(): void {
    this.#stop.abort();
  }
}

describe('a controller says that all is in sync', () => {
  it('once, with how many instances of how many bindings', async () => {
    const world = new Told();
    world.declare('web', 1_200);
    world.declare('api', 34);
    await world.clock.advance(10_000);
    expect(world.said).toEqual(['1,234 of 1,234 instances in sync, 2 bindings']);
    world.stop();
  });

  it('again after a change, when the last instance has come into sync', async () => {
    const world = new Told();
    world.declare('web', 1);
    await world.clock.advance(1_000);
    world.differs.add('ins-web0');
    world.told.expect();
    await world.clock.advance(60_000);
    expect(world.said, 'while one differs').toEqual(['1 of 1 instance in sync, 1 binding']);
    world.differs.clear();
    await world.clock.advance(1_000);
    expect(world.said).toHaveLength(2);
    world.stop();
  });

  it('not when an earlier one has come out of sync while a later one was waited for', async () => {
    const world = new Told();
    world.declare('web', 1);
    world.declare('api', 1);
    world.differs.add('ins-api0');
    await world.clock.advance(10_000);
    world.differs.clear();
    world.differs.add('ins-web0');
    await world.clock.advance(10_000);
    expect(world.said).toEqual([]);
    world.differs.clear();
    await world.clock.advance(1_500);
    expect(world.said).toEqual(['2 of 2 instances in sync, 2 bindings']);
    world.stop();
  });

  it('of a large fleet, without looking at what is in sync again and again', async () => {
    const world = new Told();
    for (let n = 0; n < 20_000; n++) world.declare(`web-${n}-`, 1);
    for (let n = 0; n < 20_000; n++) world.differs.add(`ins-web-${n}-0`);
    for (let n = 0; n < 20_000; n++) {
      world.differs.delete(`ins-web-${n}-0`);
      if (n % 200 === 0) await world.clock.advance(500);
    }
    await world.clock.advance(1_500);
    expect(world.said).toEqual(['20,000 of 20,000 instances in sync, 20,000 bindings']);
    expect(world.looks).toBeLessThan(3 * 20_000);
    world.stop();
  });

  it.each([
    { reason: 'nothing is declared', spoil: (world: Told) => world.bindings.clear() },
    {
      reason: 'a source was not read yet',
      spoil: ({ source }: Told) => {
        source.synced = false;
      },
    },
    { reason: 'one instance differs', spoil: ({ differs }: Told) => differs.add('ins-web2') },
    {
      reason: 'a newer form of a binding cannot be read',
      spoil: (world: Told) => world.declare('api', 1, { invalid: {} as NonNullable<Binding['invalid']> }),
    },
    {
      reason: 'it is not known whom a selector fits',
      spoil: (world: Told) => world.declare('api', 1, { selection: {} as NonNullable<Binding['selection']> }),
    },
  ])('never while $reason', async ({ spoil }) => {
    const world = new Told();
    world.declare('web', 3);
    spoil(world);
    await world.clock.advance(60_000);
    expect(world.said).toEqual([]);
    world.stop();
  });
});
