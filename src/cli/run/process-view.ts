/** What probes and metrics see of a running controller. */

import { type ConditionReason, GUARD_REASONS, type GuardReason } from '../../api/conditions.ts';
import type { Controller } from '../../controller/controller.ts';
import type { Admission } from '../../controller/scope/admission.ts';
import type { ScopeController } from '../../controller/scope/scope-controller.ts';
import { INSTANCE_STATES, type InstanceState } from '../../core/instance-verdict.ts';
import { isPlainlyInSync } from '../../core/judge.ts';
import { scopeKey } from '../../core/model.ts';
import type { ProcessView, ScopeView } from '../../http/view.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Leadership } from '../../runtime/leadership.ts';
import type { VitalSigns } from '../../runtime/vital-signs.ts';
import type { Source } from '../../sources/port.ts';
import type { KubernetesFront } from './kubernetes-front.ts';
import { sourceCheck, watchCheck } from './ready-checks.ts';

export interface ProcessViewOptions {
  readonly controller: Controller;
  readonly sources: readonly Source[];
  readonly front: KubernetesFront | undefined;
  readonly leadership: Leadership & Pick<Admission, 'mayTell'>;
  readonly openJournalEntries: () => number;
  readonly clock: Clock;
  readonly vitalSigns: Pick<VitalSigns, 'verdicts'>;
}

export function processView(options: ProcessViewOptions): ProcessView {
  const { controller, front, clock } = options;
  return {
    scopes: () => [...controller.scopes].map((scope) => scopeView(scope, options)),
    watches: () =>
      (front?.source.reflectors ?? []).map(({ stats, synced }) => ({
        resource: 'cvmsecuritygroupbindings',
        synced,
        restarts: stats.restarts,
        relists: stats.relists,
        foundByRelist: stats.foundByRelist,
        lastEventAgeSeconds: stats.lastEventMs === 0 ? undefined : (clock.now() - stats.lastEventMs) / 1_000,
      })),
    healthChecks: () => options.vitalSigns.verdicts(),
    readyChecks: () =>
      options.sources.map((source) =>
        source === front?.source ? watchCheck(front.source, clock.now()) : sourceCheck(source),
      ),
    openJournalEntries: options.openJournalEntries,
    bindings: () => readiness(options),
  };
}

/** How many bindings have every instance in sync, and how many do not; of those that this replica speaks for. */
function readiness({ controller, leadership }: Pick<ProcessViewOptions, 'controller' | 'leadership'>) {
  const counts = { ready: 0, notReady: 0 };
  for (const binding of controller.claims.bindings.values()) {
    if (!leadership.mayTell(scopeKey(binding.scope))) continue;
    const fine = binding.instanceIds.every((id) => controller.standings.isInSync(binding.key, id));
    if (fine && binding.invalid === undefined && binding.selection === undefined) counts.ready++;
    else counts.notReady++;
  }
  return counts;
}

/** Whether a guard, and not the cloud, keeps the change from being written. */
function isGuarded(state: InstanceState, reason: ConditionReason): reason is GuardReason {
  const held = state === 'Refused' || state === 'Deferred' || state === 'Blocked';
  return held && (GUARD_REASONS as readonly ConditionReason[]).includes(reason);
}

function scopeView(scope: ScopeController, { controller, clock, leadership }: ProcessViewOptions): ScopeView {
  const instances = Object.fromEntries(INSTANCE_STATES.map((state) => [state, 0])) as Record<
    InstanceState,
    number
  >;
  const guarded = Object.fromEntries(GUARD_REASONS.map((reason) => [reason, 0])) as Record<
    GuardReason,
    number
  >;
  let oldestMs = Number.POSITIVE_INFINITY;
  for (const record of scope.records.values()) {
    const claim = controller.claims.claim(record.id, scopeKey(scope.scope));
    if (claim === undefined) continue;
    // What was never read is as old as what is known of the scope at all.
    oldestMs = Math.min(oldestMs, record.observedAtMs || scope.sinceMs);
    // Most of a fleet, most of the time: a page must not hold up the event loop for as long as all verdicts take.
    if (isPlainlyInSync(record, claim, scope.problem)) {
      instances.InSync++;
      continue;
    }
    const { state, reason } = controller.verdict(claim.winner.key, record.id);
    instances[state]++;
    if (isGuarded(state, reason)) guarded[reason]++;
  }
  const { read, write } = scope.lanes;
  return {
    scope: scopeKey(scope.scope),
    api: scope.api.api,
    leader: leadership.mayAct(scopeKey(scope.scope)),
    depth: { read: read.depth, write: write.depth },
    allowed: { read: read.quota.allowed, write: write.quota.allowed },
    inFlight: { read: read.quota.inFlight, write: write.quota.inFlight },
    instances,
    guarded,
    oldestObservationAgeSeconds: Number.isFinite(oldestMs) ? (clock.now() - oldestMs) / 1_000 : undefined,
  };
}
