/** The time and the chance that a command works with. */
import { type Clock, systemClock } from '../../runtime/clock.ts';
import { type Random, systemRandom } from '../../runtime/random.ts';

export interface Machine {
  readonly clock: Clock;
  readonly random: Random;
}

/** Those of the machine that it runs on. */
export const SYSTEM_MACHINE: Machine = { clock: systemClock, random: systemRandom };
