/** Lets the start have memory, and gives it back once, at a moment when nobody waits for anything. */
import type { ScopeController } from '../controller/scope/scope-controller.ts';
import type { Source } from '../ports/source.ts';
import type { Clock } from '../runtime/clock.ts';

const LOOK_EVERY_MS = 5_000;

export interface CompactionOptions {
  readonly sources: readonly Pick<Source, 'synced'>[];
  readonly scopes: Iterable<Pick<ScopeController, 'dispatchers'>>;
  readonly clock: Clock;
  /** Called every now and then until then. */
  readonly giveRoom: () => void;
  readonly compact: () => void;
}

/** Resolves when it is done, or the signal aborts. */
export async function compactWhenCalm(options: CompactionOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await options.clock.sleep(LOOK_EVERY_MS, signal).catch(() => {});
    if (signal.aborted) return;
    if (isCalm(options)) return options.compact();
    options.giveRoom();
  }
}

/** Everything was read whole, and no call waits or is under way. */
function isCalm({ sources, scopes }: CompactionOptions): boolean {
  if (!sources.every(({ synced }) => synced)) return false;
  return [...scopes].every(({ dispatchers: { read, write } }) =>
    [read, write].every(({ depth, quota }) => depth === 0 && quota.inFlight === 0),
  );
}
