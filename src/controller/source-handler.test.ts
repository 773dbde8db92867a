import { expect, it } from 'vitest';
import type { Binding } from '../core/model.ts';
import { StepQueue } from '../runtime/step-queue.ts';
import { VirtualClock } from '../runtime/virtual-clock.ts';
import { SourceHandler, type SourceHandlerOptions } from './source-handler.ts';

/** Looks at a listing in two steps, and finds nothing. */
function* findNothing(): Generator<void, readonly Binding[]> {
  yield;
  return [];
}

function makeHandler() {
  const clock = new VirtualClock();
  const state = { begun: 0 };
  const steps = <T>(work: () => T) =>
    function* (): Generator<void, T> {
      yield;
      return work();
    };
  const restorations = {
    adopt: steps(() => new Set()),
    tell: steps(() => undefined),
    resume: steps(() => state.begun++),
  };
  const updates = new StepQueue(clock);
  const parts = { sources: [{ synced: true }], scopes: [], updates, restorations };
  return { clock, state, handler: new SourceHandler(parts as unknown as SourceHandlerOptions) };
}

it('begins restorations that made way for a listing also when no selector has other members by it', async () => {
  const { clock, state, handler } = makeHandler();
  handler.admit(findNothing());
  handler.resume();
  handler.admit(findNothing());
  await clock.step();
  await clock.step();
  expect([state.begun, handler.isBusy], 'it may claim what would be put back').toEqual([0, true]);
  await clock.advance(0);
  expect([state.begun, handler.isBusy]).toEqual([1, false]);
});

it('begins no restoration for a listing that tells nothing when none has made way', async () => {
  const { clock, state, handler } = makeHandler();
  handler.admit(findNothing());
  await clock.advance(0);
  expect([state.begun, handler.isBusy]).toEqual([0, false]);
});
