import type { SourceListener } from '../../src/ports/source.ts';

/** Hears everything and does nothing. */
export const silentListener: SourceListener = {
  prefetch: () => {},
  prefetchNow: () => {},
  changed: () => {},
  revision: () => {},
  problem: () => {},
};
