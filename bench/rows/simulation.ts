/** How fast histories are played on virtual time. */
import { systemClock } from '../../src/runtime/clock.ts';
import { runSeed } from '../../test/simulation/run-seed.ts';
import type { Row } from '../row.ts';

export const simulation: Row = {
  name: 'simulation',
  async run({ quick, progress }) {
    const seeds = quick ? 5 : 40;
    progress(`simulation: playing ${seeds} seeds`);
    const startedMs = systemClock.now();
    let broken = 0;
    for (let seed = 1; seed <= seeds; seed++) broken += (await runSeed(seed)).violations.length;
    const perSecond = (seeds * 1000) / (systemClock.now() - startedMs);
    return [
      {
        what: `deterministic simulation, ${seeds} histories of 26 virtual minutes each`,
        measured: `${perSecond.toFixed(1)} histories/s, ${broken} invariants broken`,
        bar: '',
        values: { perSecond, broken },
      },
    ];
  },
};
