/** How far an apply has come. */

import type { ConditionReason } from '../../api/conditions.ts';
import type { Controller } from '../../controller/controller.ts';
import type { InstanceStatus } from '../../core/instance-status.ts';
import { outlook } from '../../core/instance-status.ts';

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
  const scopes = [...controller.scopes];
  const pending = new Set<ConditionReason>([
    ...(scopes.some((scope) => scope.groupsPending) ? (['GroupsUnverified'] as const) : []),
    ...(scopes.some((scope) => scope.rulesPending) ? (['TrafficUnknown'] as const) : []),
  ]);
  for (const status of controller.statusView.statuses()) {
    // Whether the groups exist, or what they allow, is being read, which takes a moment.
    const view = pending.has(status.reason) ? 'moving' : outlook(status);
    switch (view) {
      case 'in-sync':
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
export function notConverged(controller: Controller): InstanceStatus[] {
  return [...controller.statusView.statuses()].filter(({ state }) => state !== 'InSync' && state !== 'Held');
}
