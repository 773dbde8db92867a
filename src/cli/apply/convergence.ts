/** How far an apply has come. */

import type { Controller } from '../../controller/controller.ts';
import type { InstanceVerdict } from '../../core/instance-verdict.ts';
import { outlook } from '../../core/instance-verdict.ts';

export interface Convergence {
  readonly total: number;
  readonly inSync: number;
  readonly held: number;
  /** Will change by itself: being read, written, read back or tried again. */
  readonly moving: number;
  /** Will not, in reasonable time: stuck, or waiting for the instance's state. */
  readonly stuck: number;
}

export function convergence(controller: Controller): Convergence {
  let inSync = 0;
  let held = 0;
  let moving = 0;
  let stuck = 0;
  for (const { state } of controller.verdicts()) {
    const view = outlook(state);
    switch (view) {
      case 'settled':
        inSync++;
        break;
      case 'held':
        held++;
        break;
      case 'moving':
        moving++;
        break;
      case 'waiting':
      case 'stuck':
        stuck++;
        break;
      default:
        view satisfies never;
    }
  }
  return { total: inSync + held + moving + stuck, inSync, held, moving, stuck };
}

/** The instances that are neither in sync nor held, with why. */
export function notConverged(controller: Controller): InstanceVerdict[] {
  return [...controller.verdicts()].filter(({ state }) => state !== 'InSync' && state !== 'Held');
}
