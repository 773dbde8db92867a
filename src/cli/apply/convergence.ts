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
  // What a selector fits is not known before it is listed.
  let moving = controller.unlisted;
  let stuck = 0;
  const groupsPending = [...controller.scopes].some((scope) => scope.groupsPending);
  for (const { state, reason } of controller.standings.verdicts()) {
    // Whether the groups exist is being read, which takes a moment.
    const view = groupsPending && reason === 'GroupsUnverified' ? 'moving' : outlook(state);
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
  return [...controller.standings.verdicts()].filter(({ state }) => state !== 'InSync' && state !== 'Held');
}
